import type { FastifyInstance } from 'fastify';
import { instantText } from '../clock.ts';
import type { Kit } from '../kit.ts';

export interface HealthChecks {
  /** False from the moment the server is told to stop, so that a balancer sends nobody new. */
  readonly accepting: () => boolean;
}

/** Liveness, readiness, and the health answer of spec 5 §3 under both of its paths. */
export function registerHealth(app: FastifyInstance, kit: Kit, checks: HealthChecks): void {
  const databaseAnswers = async () => {
    try {
      await kit.pool.query('select 1');
      return true;
    } catch {
      return false;
    }
  };
  app.get('/livez', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const ready = checks.accepting() && (await databaseAnswers());
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready' });
  });
  for (const path of ['/api/health', '/api/v1/health']) {
    app.get(path, async (_request, reply) => {
      const connected = await databaseAnswers();
      return reply.code(connected ? 200 : 503).send({
        status: connected ? 'healthy' : 'unhealthy',
        timestamp: instantText(kit.clock.now()),
        database: connected ? 'connected' : 'disconnected',
        quota_system: connected ? 'operational' : 'unavailable',
      });
    });
  }
}
