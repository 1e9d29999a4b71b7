import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import helmet from 'helmet';
import type { z } from 'zod';
import { type BlobAnswer, type EndpointSpec, fileSchema } from '#contract';
import { AppError } from '../errors.ts';
import type { Kit } from '../kit.ts';
import type { Module, Route } from '../module.ts';
import type { ReadOnlyMode } from '../read-only.ts';
import { type Authenticators, authorise } from './authorise.ts';
import { buildCall } from './build-call.ts';
import type { Call } from './call.ts';
import { answerStrangers } from './captive.ts';
import { answerClientError } from './client-error.ts';
import { type CustomerLimits, customerLimits } from './customer-limits.ts';
import { registerDocs } from './docs.ts';
import { sendError } from './errors.ts';
import { type HealthChecks, registerHealth } from './health.ts';
import { parseInput } from './input.ts';
import { refuseOtherMethods } from './methods.ts';
import { type Metrics, registerMetrics } from './metrics.ts';
import { isKnown } from './ranges.ts';
import { rateStore } from './rate-store.ts';
import { endSlowBodies, endSlowBody, longestUpload, streamOf } from './slow-bodies.ts';

export interface HttpOptions extends Authenticators {
  readonly readOnly: ReadOnlyMode;
  readonly health: HealthChecks;
  readonly metrics: Metrics;
  /** False for the demo's own calls and for tests that are not about limits. */
  readonly limitRates: boolean;
}

const bodyLimit = 1024 * 1024;
const wireBodyLimit = 64 * 1024;
/** As long as a UUID with room; longer path parameters answer 404. */
const maxParamLength = 200;

/** Builds the HTTP server of an edition: every endpoint of its modules, each declared once in the contract. */
export async function buildHttp(
  kit: Kit,
  modules: readonly Module[],
  options: HttpOptions,
): Promise<FastifyInstance> {
  const log: FastifyBaseLogger = kit.log;
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    // A logger for each request costs more than most requests; what is logged of one names it (errors.ts).
    childLoggerFactory: (logger) => logger,
    bodyLimit,
    routerOptions: { maxParamLength, ignoreTrailingSlash: true },
    trustProxy: kit.config.trustProxy,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    // Who comes while it ends is answered: its connections are closed after that.
    return503OnClosing: false,
    requestTimeout: longestUpload,
    clientErrorHandler: answerClientError,
    // What the router itself refuses runs no hooks.
    frameworkErrors: (error, request, reply) => {
      endSlowBody(request.raw, reply.raw);
      reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
      return sendError(request, reply, error);
    },
  });
  // Before any other hook may answer.
  endSlowBodies(app);
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error));
  app.addHook('onRequest', async (request, reply) => {
    // Who has gone already, told or not, has no address by which to count, and is answered nothing.
    if (request.raw.socket.remoteAddress === undefined) {
      reply.hijack();
      request.raw.socket.destroy();
      return;
    }
    reply.header('x-request-id', request.id);
    // Answers hold personal data and tokens: no cache on the way may keep them.
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    refuseEncoded(request);
  });
  const captive = modules.find((module) => module.captive !== undefined)?.captive;
  if (captive !== undefined) answerStrangers(app, kit.config, captive);
  const protect = helmet({
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
  app.addHook('onRequest', (request, reply, done) => protect(request.raw, reply.raw, () => done()));
  await app.register(cors, {
    origin: [...kit.config.corsOrigins],
    credentials: true,
    strictPreflight: false,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['x-request-id', 'retry-after'],
  });
  await app.register(cookie);
  if (options.limitRates) {
    await app.register(rateLimit, {
      max: kit.config.rateLimitPerMinute,
      timeWindow: 60_000,
      store: rateStore(kit.clock),
    });
  }
  app.setNotFoundHandler(options.limitRates ? { preHandler: app.rateLimit() } : {}, (request, reply) =>
    sendError(request, reply, new AppError('route_not_found')),
  );
  acceptEmptyJson(app);
  options.metrics.observe(app);
  registerHealth(app, kit, options.health);
  registerMetrics(app, kit, options.metrics);
  const routes = modules.flatMap((module) => module.routes);
  registerDocs(
    app,
    routes.map(({ spec }) => spec),
  );
  const limits = options.limitRates ? customerLimits(kit.clock) : undefined;
  for (const route of routes.filter(
    ({ spec }) => spec.rawBody === undefined && spec.streamedBody === undefined,
  ))
    addRoute(app, kit, route, options, limits);
  await app.register(async (raw) => {
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const route of routes.filter(({ spec }) => spec.rawBody !== undefined))
      addRoute(raw, kit, route, options, limits);
  });
  await app.register(async (streamed) => {
    streamed.removeAllContentTypeParsers();
    streamed.addContentTypeParser('*', (_request, body, done) => done(null, body));
    for (const route of routes.filter(({ spec }) => spec.streamedBody !== undefined))
      addRoute(streamed, kit, route, options, limits);
  });
  refuseOtherMethods(app, routes);
  return app;
}

/** Bodies are read as they are; one that says it is compressed would only be taken for broken JSON (RFC 9110 §8.4). */
function refuseEncoded(request: FastifyRequest): void {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return;
  throw new AppError('unsupported_media_type', {
    message: {
      en: 'Send the body without Content-Encoding, as application/json.',
      id: 'Kirim isi permintaan tanpa Content-Encoding, sebagai application/json.',
    },
  });
}

/** A client that always says application/json may still send nothing where no body is needed. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, String(body), done);
  });
}

function addRoute(
  app: FastifyInstance,
  kit: Kit,
  route: Route,
  options: HttpOptions,
  limits: CustomerLimits | undefined,
): void {
  const { spec } = route;
  const perAddress = options.limitRates && spec.permission !== 'customer' ? spec.rateLimit : undefined;
  app.route({
    method: spec.method === 'PUT' ? ['PUT', 'PATCH'] : spec.method,
    url: spec.path,
    ...(spec.wire === undefined ? {} : { bodyLimit: wireBodyLimit }),
    ...(spec.rawBody === undefined ? {} : { bodyLimit: spec.rawBody }),
    errorHandler: (error, request, reply) => sendError(request, reply, error, route.sayRefusal),
    config: {
      ...(perAddress === undefined ? {} : { rateLimit: { max: perAddress, timeWindow: 60_000 } }),
    },
    handler: async (request, reply) => {
      const caller = await authorise(spec, request, options);
      if (caller.customer) limits?.(spec, caller.customer.customerId);
      return answer(route, options.readOnly, buildCall(kit, request, reply, caller), request, reply);
    },
  });
}

async function answer(
  route: Route,
  readOnly: ReadOnlyMode,
  call: Call,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { spec } = route;
  if (spec.method !== 'GET' && !spec.allowedReadOnly) await readOnly.refuseIfOn();
  const input = parseInput(
    spec,
    { params: request.params, query: request.query, body: bodyOf(spec, request) },
    call.language,
  );
  const result = await route.handle(input, call);
  if (spec.blob) return sendBlob(request, reply, result as BlobAnswer); // Its handler gives nothing else: `routes` has checked it.
  reply.code(spec.status);
  if (spec.produces !== undefined) return sendFile(request, reply, fileSchema.parse(result), 'inline');
  const download = spec.downloads === undefined ? undefined : fileSchema.safeParse(result);
  if (download?.success) return sendFile(request, reply, download.data, 'attachment');
  return spec.status === 204 ? reply.send() : reply.send(spec.response.parse(result));
}

function bodyOf({ rawBody, streamedBody }: EndpointSpec, { body, raw }: FastifyRequest): unknown {
  if (rawBody !== undefined) return body ?? new Uint8Array();
  return streamedBody === undefined ? body : streamOf(streamedBody, raw);
}

function sendBlob(
  { method }: FastifyRequest,
  reply: FastifyReply,
  { status, headers, stream }: BlobAnswer,
): FastifyReply {
  reply.code(status).headers(headers);
  if (stream === undefined) return reply.send();
  const bytes = stream instanceof Readable ? stream : Readable.from(stream);
  if (method !== 'HEAD') return reply.send(bytes);
  // To HEAD all of it would be read and thrown away.
  bytes.destroy();
  return reply.send(Readable.from([]));
}

/** Sends the file a handler gave, for showing in the browser or for saving; it is saved under its name. */
function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, bytes, filename, policy, foreign, cache }: z.output<typeof fileSchema>,
  disposition: 'inline' | 'attachment',
): FastifyReply {
  // A page is read by people, each of whom it tells something else.
  if (policy !== undefined)
    reply.headers({
      'content-security-policy': policy,
      'cache-control': 'no-store',
      vary: 'accept-language',
    });
  if (cache !== undefined) {
    const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
    const lasts = cache === 'forever' ? 'max-age=31536000, immutable' : 'max-age=60';
    reply.headers({ etag, 'cache-control': `public, ${lasts}` });
    if (isKnown(request.headers, etag)) return reply.code(304).send();
  }
  return reply
    .type(type === 'text/html' ? 'text/html; charset=utf-8' : type)
    .header('content-disposition', `${foreign ? 'attachment' : disposition}; filename="${filename}"`)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
