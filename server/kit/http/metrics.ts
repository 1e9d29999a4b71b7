import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { sameText } from '../crypto.ts';
import { AppError } from '../errors.ts';
import type { Kit } from '../kit.ts';

export interface Metrics {
  readonly registry: Registry;
  observe(app: FastifyInstance): void;
}

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** Counts and times of requests, the pool's connections, and Node's own figures. */
export function createMetrics(kit: Kit): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'nadi_http_request_duration_seconds',
    help: 'Time to answer a request, by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'nadi_database_connections',
    help: 'Connections of the pool by state.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'idle' }, kit.pool.idleCount);
      this.set({ state: 'busy' }, kit.pool.totalCount - kit.pool.idleCount);
      this.set({ state: 'waiting' }, kit.pool.waitingCount);
    },
  });
  const failures = new Counter({
    name: 'nadi_http_errors_total',
    help: 'Requests answered with 5xx.',
    registers: [registry],
  });
  return {
    registry,
    observe(app) {
      app.addHook('onResponse', async (request, reply) => {
        const route = request.routeOptions.url ?? 'unknown';
        duration.observe(
          { method: request.method, route, status: reply.statusCode },
          reply.elapsedTime / 1000,
        );
        if (reply.statusCode >= 500) failures.inc();
      });
    },
  };
}

/** Serves /metrics to whoever holds METRICS_TOKEN or, where none is set, to this machine alone. */
export function registerMetrics(app: FastifyInstance, kit: Kit, metrics: Metrics): void {
  app.get('/metrics', async (request, reply) => {
    const { metricsToken } = kit.config;
    const allowed =
      metricsToken === undefined
        ? loopback.has(request.ip)
        : sameText(request.headers.authorization ?? '', `Bearer ${metricsToken}`);
    if (!allowed) throw new AppError('unauthenticated');
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
