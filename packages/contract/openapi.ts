import manifest from '../../package.json' with { type: 'json' };
import { allEndpoints } from './all.ts';
import { errorSchema, licenseRefusalSchema, type Refusals, refusals } from './openapi/errors.ts';
import { operatingPaths } from './openapi/operating-paths.ts';
import { operationOf } from './openapi/operation.ts';
import { componentSchemas } from './openapi/schemas.ts';

/** The contract as an OpenAPI 3.1.1 document. The same contract gives the same document, key by key. */
export function openapiDocument(): object {
  const schemas = componentSchemas();
  const answers = refusals();
  const paths = { ...endpointPaths(schemas, answers), ...operatingPaths() };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Nadi',
      version: manifest.version,
      summary: 'Runs an internet provider: customers, packages, subscriptions, invoices, payments.',
      description: introduction,
    },
    servers: [{ url: '/' }],
    tags: [...new Set([...allEndpoints.map(({ spec }) => spec.tag), 'Operating'])].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Error: errorSchema, LicenseRefusal: licenseRefusalSchema, ...schemas.all() },
      responses: answers.all(),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of POST /api/login or POST /api/tokens.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'nadi_session',
          description: 'Set by POST /api/login with `session` true.',
        },
        customer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of POST /api/portal/sign-in; it works in the portal alone.',
        },
        csrf: {
          type: 'apiKey',
          in: 'header',
          name: 'X-XSRF-TOKEN',
          description: 'The value of the cookie XSRF-TOKEN; every change by session cookie needs it.',
        },
      },
    },
  };
}

/** The text of the committed openapi.json. */
export function openapiText(): string {
  return `${JSON.stringify(openapiDocument(), null, 2)}\n`;
}

function endpointPaths(schemas: ReturnType<typeof componentSchemas>, answers: Refusals) {
  const paths: Record<string, Record<string, object>> = {};
  for (const { name, spec } of allEndpoints) {
    const path = spec.path.replace(/:(\w+)/g, '{$1}');
    const methods = paths[path] ?? {};
    methods[spec.method.toLowerCase()] = operationOf(name, spec, schemas, answers);
    if (spec.method === 'PUT') methods.patch = operationOf(`${name}ByPatch`, spec, schemas, answers);
    paths[path] = methods;
  }
  return paths;
}

const introduction = `Every list answers Laravel's paginator plus \`next_cursor\`: follow it as \`cursor\` to read on at any depth.
Money is a decimal string with two decimals; ids are UUIDs; instants are RFC 3339; dates are the organisation's local dates.
Fields that an endpoint does not know are refused with 422. Answers may gain fields; ignore those you do not know.
A refusal is \`{ message, code, errors? }\`: \`code\` is stable, \`message\` is for people, in English or Indonesian by Accept-Language.`;
