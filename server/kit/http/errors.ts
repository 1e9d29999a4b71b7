import type { FastifyReply, FastifyRequest } from 'fastify';
import pg from 'pg';
import { type ErrorCode, errorCatalog } from '#contract';
import { AppError, type Language, type Message } from '../errors.ts';

/** The language a client asks for; English unless Indonesian comes first. */
export function languageOf(request: FastifyRequest): Language {
  const header = request.headers['accept-language'];
  return /^\s*(id|in)\b/i.test(header ?? '') ? 'id' : 'en';
}

/** The first language of ours in Accept-Language; `in` is an old name of Indonesian that Android still uses. */
export function askedLanguage(request: FastifyRequest): Language | undefined {
  const [, found] = /(?:^|,)\s*(id|in|en)\b/i.exec(request.headers['accept-language'] ?? '') ?? [];
  if (found === undefined) return undefined;
  return found.toLowerCase() === 'en' ? 'en' : 'id';
}

const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
};

/** PostgreSQL's error classes (appendix A of its manual) that a client or the moment can cause. */
const postgresClasses: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['22', 'validation_failed'],
  ['23', 'conflict'],
  ['40', 'conflict'],
  ['55P03', 'conflict'],
  ['25006', 'read_only'],
  ['53', 'unavailable'],
  ['57', 'unavailable'],
  ['08', 'unavailable'],
];

/** Whatever was thrown, as the refusal that is answered for it. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof pg.DatabaseError) {
    const found = postgresClasses.find(([prefix]) => error.code?.startsWith(prefix));
    return new AppError(found?.[1] ?? 'internal', { cause: error });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(ECONN|ENOENT|EPIPE|ETIMEDOUT)/.test(code) || isConnectionLoss(error)) {
    return new AppError('unavailable', { cause: error });
  }
  const known = fastifyCodes[code];
  if (known) return new AppError(known);
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 429) return new AppError('too_many_requests');
  if (status >= 400 && status < 500) return new AppError('bad_request');
  return new AppError('internal', { cause: error });
}

/** What pg throws without a code where there is no connection, or no longer one. */
function isConnectionLoss(error: unknown): boolean {
  return (
    error instanceof Error &&
    /timeout exceeded when trying to connect|Connection terminated|not queryable/.test(error.message)
  );
}

/** What a wire answers for a refusal: its whole body. The status stays that of the code. */
export type SayRefusal = (error: AppError, language: Language) => object;

/** Sends a refusal in the error model, or as a wire says it, with Retry-After where one may try again. */
export function sendError(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
  say?: SayRefusal,
): FastifyReply {
  // The client went away in the middle of its body: that is no failure of ours.
  const gone = thrown !== null && thrown === request.raw.errored;
  const error = gone ? new AppError('bad_request') : asAppError(thrown);
  const language = languageOf(request);
  const { status } = errorCatalog[error.code];
  const reqId = request.id;
  if (error.code === 'internal')
    request.log.error({ reqId, err: error.detail.cause ?? error }, 'request failed');
  else if (error.detail.cause !== undefined)
    request.log.warn({ reqId, err: error.detail.cause }, 'request refused');
  const retryAfter = error.detail.retryAfter ?? (status === 503 ? 5 : undefined);
  if (retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(retryAfter)));
  const body = say?.(error, language) ?? {
    message: error.said(language),
    code: error.code,
    ...(error.detail.fields ? { errors: fieldsIn(error.detail.fields, language) } : {}),
  };
  return reply
    .code(status)
    .send({ ...body, ...(error.code === 'internal' ? { request_id: request.id } : {}) });
}

/** What is wrong by field, in one language. */
export function fieldsIn(
  fields: Readonly<Record<string, readonly (string | Message)[]>>,
  language: Language,
): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, texts]) => [
      field,
      texts.map((text) => (typeof text === 'string' ? text : text[language])),
    ]),
  );
}
