import type { EndpointSpec } from '../endpoint.ts';
import { type ErrorCode, errorCatalog } from '../errors.ts';

/** The one shape of every refusal. */
export const errorSchema = {
  type: 'object',
  required: ['message', 'code'],
  properties: {
    message: {
      type: 'string',
      description: 'A sentence for people, in the language of Accept-Language (en or id).',
    },
    code: { type: 'string', description: 'The stable name of the refusal.', enum: Object.keys(errorCatalog) },
    errors: {
      type: 'object',
      description: 'What is wrong, by field of the request.',
      additionalProperties: { type: 'array', items: { type: 'string' } },
    },
    request_id: { type: 'string', description: 'Only with `internal`: what to tell the administrator.' },
  },
};

/** The shape of refusals on the license wire. */
export const licenseRefusalSchema = {
  type: 'object',
  required: ['status', 'code', 'message', 'action', 'help_url'],
  properties: {
    status: { type: 'integer', description: 'The HTTP status.' },
    code: { type: 'string', description: 'The stable name of the refusal, in capitals.' },
    message: { type: 'string', description: 'A sentence for the owner, in the language of Accept-Language.' },
    action: { type: 'string', description: 'What to do next.' },
    help_url: { type: 'string', description: 'A page that says more.' },
    errors: errorSchema.properties.errors,
  },
};

export interface Refusals {
  /** The refusals of an endpoint by status, as references. */
  of(spec: EndpointSpec): Record<string, { $ref: string }>;
  /** Every response referred to so far, by its name. */
  all(): Record<string, object>;
}

/** Gathers the refusals of endpoints; the same codes under the same status are one response. */
export function refusals(): Refusals {
  const responses = new Map<string, object>();
  return {
    of(spec) {
      const byStatus = Object.groupBy(codesOf(spec), (code) => errorCatalog[code].status);
      return Object.fromEntries(
        Object.entries(byStatus).map(([status, codes = []]) => {
          const ofLicense = spec.wire === 'license';
          const name = `${ofLicense ? 'OnLicenseWire' : ''}${codes.map(pascalCase).join('Or')}`;
          responses.set(name, responseOf(Number(status), codes, ofLicense));
          return [status, { $ref: `#/components/responses/${name}` }];
        }),
      );
    },
    all: () => Object.fromEntries([...responses].sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

/** The codes an endpoint declares and those that follow from what it is. */
function codesOf(spec: EndpointSpec): ErrorCode[] {
  const changes = spec.method !== 'GET';
  const when = (condition: boolean, ...codes: ErrorCode[]) => (condition ? codes : []);
  const codes: ErrorCode[] = [
    ...when(spec.permission !== 'public', 'unauthenticated'),
    ...when(!['public', 'any', 'customer'].includes(spec.permission), 'forbidden'),
    ...when(spec.permission !== 'public' && spec.permission !== 'customer' && changes, 'csrf_mismatch'),
    'bad_request',
    ...when(changes, 'invalid_json', 'body_too_large', 'unsupported_media_type', 'conflict'),
    'validation_failed',
    ...spec.errors,
    'too_many_requests',
    ...when(changes && spec.allowedReadOnly !== true, 'read_only'),
    'unavailable',
    'internal',
  ];
  const known = Object.keys(errorCatalog);
  return [...new Set(codes)].sort((left, right) => known.indexOf(left) - known.indexOf(right));
}

function responseOf(status: number, codes: readonly ErrorCode[], ofLicense: boolean): object {
  const retries = status === 429 || status === 503;
  return {
    description: codes.map((code) => `\`${code}\`: ${errorCatalog[code].en}`).join('\n\n'),
    ...(retries
      ? {
          headers: {
            'Retry-After': { description: 'Seconds after which to try again.', schema: { type: 'integer' } },
          },
        }
      : {}),
    content: {
      'application/json': {
        schema: ofLicense
          ? { $ref: '#/components/schemas/LicenseRefusal' }
          : { $ref: '#/components/schemas/Error', properties: { code: { enum: codes } } },
      },
    },
  };
}

function pascalCase(code: string): string {
  return code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
