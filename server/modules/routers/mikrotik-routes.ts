import { mikrotik } from '#contract';
import type { Call } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import {
  createSecret,
  deleteSecret,
  disconnect,
  type SecretCall,
  switchSecret,
  updateSecret,
} from './change-live.ts';
import type { EntryHooks } from './hooks.ts';
import {
  onRouter,
  readInterfaces,
  readInterfaceTraffic,
  readProfiles,
  readSecrets,
  readSessions,
  readSystem,
  testRouter,
} from './live-router.ts';

/** Spec 3's endpoints that speak to a router directly. */
export function mikrotikRoutes(kit: Kit, hooks: EntryHooks) {
  return routes(mikrotik, {
    testRouter: ({ query }, call) => testRouter(kit, query.router_id, call.language),
    showRouterSystem: ({ query }) => onRouter(kit, query.router_id, readSystem),
    listRouterInterfaces: ({ query }) => onRouter(kit, query.router_id, (on) => readInterfaces(on)),
    showInterfaceTraffic: ({ query }) =>
      onRouter(kit, query.router_id, (on) => readInterfaceTraffic(on, query.interface)),
    listRouterSessions: ({ query }) => onRouter(kit, query.router_id, readSessions),
    disconnectSession: ({ query, body }, call) =>
      disconnect(kit, call.author, query.router_id, body.name, call.language),
    listRouterProfiles: ({ query }) => onRouter(kit, query.router_id, readProfiles),
    listRouterSecrets: ({ query }) => onRouter(kit, query.router_id, readSecrets),
    createRouterSecret: ({ query, body }, call) => createSecret(kit, call.author, query.router_id, body),
    updateRouterSecret: (request, call) => updateSecret(kit, hooks, meant(request, call), request.body),
    deleteRouterSecret: (request, call) => deleteSecret(kit, meant(request, call)),
    enableRouterSecret: (request, call) => switchSecret(kit, hooks, meant(request, call), 'enable'),
    disableRouterSecret: (request, call) => switchSecret(kit, hooks, meant(request, call), 'disable'),
  });
}

interface Meaning {
  readonly params: { readonly id: string };
  readonly query: { readonly router_id?: string | undefined };
}

const meant = ({ params, query }: Meaning, { author, language }: Call): SecretCall => ({
  author,
  language,
  routerId: query.router_id,
  id: params.id,
});
