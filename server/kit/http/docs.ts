import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { allEndpoints, type EndpointSpec } from '#contract';
import { AppError } from '../errors.ts';

export const openapiFile = join(import.meta.dirname, '../../../packages/contract/openapi.json');

/**
 * The contract for people at /docs and for machines at /openapi.json: the committed file, which the check keeps true, without the
 * endpoints that this edition does not have.
 */
export function registerDocs(app: FastifyInstance, served: readonly EndpointSpec[]): void {
  let document: Promise<string> | undefined;
  app.get('/openapi.json', async (_request, reply) => {
    document ??= documentOf(served);
    return reply.type('application/json').send(await document);
  });
  let pages: Promise<FastifyInstance> | undefined;
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, async (request, reply) => {
      pages ??= buildPages();
      const answer = await (await pages).inject({ url: request.url, headers: request.headers });
      if (answer.statusCode === 404) throw new AppError('route_not_found');
      for (const name of ['content-type', 'location', 'etag', 'cache-control']) {
        const value = answer.headers[name];
        if (value !== undefined) reply.header(name, value);
      }
      // Scalar's page carries its own inline script and styles; nothing on it comes from elsewhere.
      reply.header(
        'content-security-policy',
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'",
      );
      return reply.code(answer.statusCode).send(answer.rawPayload);
    });
  }
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly tags?: readonly string[] }>>>>;
  readonly tags: readonly { readonly name: string }[];
}

async function documentOf(served: readonly EndpointSpec[]): Promise<string> {
  const document = JSON.parse(await readFile(openapiFile, 'utf8')) as OpenApi; // As `nadi generate` wrote it.
  const kept = new Set(served.map(nameOf));
  const missing = new Set(allEndpoints.map(({ spec }) => nameOf(spec)).filter((name) => !kept.has(name)));
  const isHere = (path: string, method: string) =>
    !missing.has(`${method === 'patch' ? 'put' : method} ${path}`);
  const paths = Object.fromEntries(
    Object.entries(document.paths)
      .map(([path, methods]) => {
        const here = Object.entries(methods).filter(([method]) => isHere(path, method));
        return [path, Object.fromEntries(here)] as const;
      })
      .filter(([, methods]) => Object.keys(methods).length > 0),
  );
  const used = new Set(Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(tagsOf)));
  return JSON.stringify({ ...document, tags: document.tags.filter(({ name }) => used.has(name)), paths });
}

const tagsOf = ({ tags = [] }: { readonly tags?: readonly string[] }) => tags;
const nameOf = ({ method, path }: EndpointSpec) =>
  `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`;

/**
 * Scalar in an app of its own, loaded when somebody first looks: it takes 36 MB of memory and a tenth of a second,
 * and most servers are never asked for it. A plugin cannot be added to an app that listens.
 */
async function buildPages(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const pages = Fastify({ routerOptions: { ignoreTrailingSlash: false } });
  await pages.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      withDefaultFonts: false,
      // Nothing that talks to Scalar's own services.
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      showDeveloperTools: 'never',
      hideClientButton: true,
    },
  });
  return pages;
}
