import { mikrotik } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { createSecret, deleteSecret, disconnect, switchSecret, updateSecret } from './change-live.ts';
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
export function mikrotikRoutes(kit: Kit) {
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
    updateRouterSecret: ({ params, query, body }, call) =>
      updateSecret(kit, call.author, query.router_id, params.id, body),
    deleteRouterSecret: ({ params, query }, call) =>
      deleteSecret(kit, call.author, query.router_id, params.id),
    enableRouterSecret: ({ params, query }, call) =>
      switchSecret(kit, call.author, query.router_id, params.id, 'enable'),
    disableRouterSecret: ({ params, query }, call) =>
      switchSecret(kit, call.author, query.router_id, params.id, 'disable'),
  });
}
