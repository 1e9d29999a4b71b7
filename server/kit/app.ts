import type { FastifyInstance } from 'fastify';
import { createMetrics } from './http/metrics.ts';
import { buildHttp, type HttpOptions } from './http/server.ts';
import type { Kit } from './kit.ts';
import type { Module } from './module.ts';

export interface AppParts {
  readonly modules: readonly Module[];
  readonly authenticate: HttpOptions['authenticate'];
  readonly authenticateCustomer: HttpOptions['authenticateCustomer'];
  readonly readOnly: HttpOptions['readOnly'];
}

export interface AppOptions {
  readonly limitRates: boolean;
  readonly accepting?: () => boolean;
}

/** The HTTP server of an edition, ready to listen or to be called in-process. */
export function buildApp(kit: Kit, parts: AppParts, options: AppOptions): Promise<FastifyInstance> {
  return buildHttp(kit, parts.modules, {
    authenticate: parts.authenticate,
    authenticateCustomer: parts.authenticateCustomer,
    readOnly: parts.readOnly,
    health: { accepting: options.accepting ?? (() => true) },
    metrics: createMetrics(kit),
    limitRates: options.limitRates,
  });
}
