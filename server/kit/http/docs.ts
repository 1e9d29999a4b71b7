import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';

export const openapiFile = join(import.meta.dirname, '../../../packages/contract/openapi.json');

/** The contract for people at /docs and for machines at /openapi.json: the committed file, which the check keeps true. */
export function registerDocs(app: FastifyInstance): void {
  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json').send(await readFile(openapiFile)),
  );
  app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      // Scalar's page carries its own inline script and styles; nothing on it comes from elsewhere.
      reply.header(
        'content-security-policy',
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'",
      );
    });
    await scope.register(scalar, {
      routePrefix: '/docs',
      configuration: { url: '/openapi.json', withDefaultFonts: false, telemetry: false },
    });
  });
}
