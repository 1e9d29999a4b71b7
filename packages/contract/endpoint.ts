import { z } from 'zod';
import type { ErrorCode } from './errors.ts';
import type { Permission } from './roles.ts';

export const fileTypes = [
  'application/pdf',
  'image/png',
  'image/jpeg',
  'text/html',
  'text/csv',
  'application/json',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
] as const;
export type FileType = (typeof fileTypes)[number];

/** What a handler gives where its endpoint `produces` a file. */
export const fileSchema = z.object({
  type: z.enum(fileTypes),
  bytes: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  /** The name it is saved under: plain ASCII, so that it can stand in a header as it is. */
  filename: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  /** Of a page: its Content-Security-Policy. */
  policy: z.string().optional(),
  /** From somebody else: to be saved, never shown in our name. */
  foreign: z.boolean().optional(),
  /** The same for everybody: caches on the way may keep it for a minute, or for good where it never changes. */
  cache: z.enum(['minute', 'forever']).optional(),
});

/** A blob on its way: a stream of its bytes, all of them or a range, or nothing where the client has them. */
export interface BlobAnswer {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** A body as it came; none is empty. */
export const rawBody = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

/** A body on its way; it ends with a refusal where it is longer than the endpoint takes. */
export const streamedBody = z.custom<AsyncIterable<Uint8Array>>(
  (value) => typeof value === 'object' && value !== null && Symbol.asyncIterator in value,
);

export interface EndpointSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Fastify path, parameters as `:name`. A PUT endpoint also answers PATCH. */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  /**
   * `public`: nobody need sign in. `any`: any signed-in user. `customer`: a customer signed in to the portal, and no user. Else
   * the permission a role and token must hold.
   */
  readonly permission: Permission | 'public' | 'any' | 'customer';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** The body is handed on as it comes, whatever it is, up to so many bytes; `body` is then {@link rawBody}. */
  readonly rawBody?: number;
  /**
   * What installations of any age call: a body has 64 KiB at most, fields that nobody knows are passed over (its `body` and `query` are
   * no strict objects), and refusals have the shape of that wire (decisions.md).
   */
  readonly wire?: 'license' | 'ota' | 'github';
  /** As {@link EndpointSpec.rawBody}, but handed on while it still arrives; `body` is then {@link streamedBody}. */
  readonly streamedBody?: number;
  readonly status: 200 | 201 | 202 | 204;
  readonly response: z.ZodType;
  /** Where the answer is a file: what it may be of. Its `response` is then {@link fileSchema}; refusals stay JSON. */
  readonly produces?: readonly FileType[];
  /** What the answer is saved as where `?format` asks for a file; the handler then gives {@link fileSchema}. */
  readonly downloads?: readonly FileType[];
  /** The answer is a blob, whole or in part: its handler gives a {@link BlobAnswer}. */
  readonly blob?: true;
  /** Refusals of this endpoint beyond those every endpoint has (401, 403, 422, 429, 503 …). */
  readonly errors: readonly ErrorCode[];
  /** True where a non-GET endpoint must work in read-only mode, because it changes no business data. */
  readonly allowedReadOnly?: boolean;
  /** Requests per minute and address, or per customer in the portal; without it the general limit. */
  readonly rateLimit?: number;
}

export type EndpointGroup = Readonly<Record<string, EndpointSpec>>;

/** Declares one HTTP endpoint. Server, console, tests and OpenAPI derive from the declaration. */
export function endpoint<const S extends EndpointSpec>(spec: S): S {
  return spec;
}

type OutputOf<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler of the endpoint is given, after validation. */
export interface RequestOf<S extends EndpointSpec> {
  readonly params: OutputOf<S['params']>;
  readonly query: OutputOf<S['query']>;
  readonly body: OutputOf<S['body']>;
}

/** What a handler of the endpoint returns; it passes the schema before it leaves. */
export type ResponseOf<S extends EndpointSpec> = S['blob'] extends true
  ? BlobAnswer
  :
      | z.input<S['response']>
      | (S['downloads'] extends readonly FileType[] ? z.input<typeof fileSchema> : never);
