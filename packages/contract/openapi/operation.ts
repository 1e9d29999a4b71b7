import type { z } from 'zod';
import type { EndpointSpec, FileType } from '../endpoint.ts';
import { rolePermissions, roles } from '../roles.ts';
import type { Refusals } from './errors.ts';
import type { ComponentSchemas } from './schemas.ts';

/** An endpoint as an OpenAPI operation. */
export function operationOf(
  name: string,
  spec: EndpointSpec,
  schemas: ComponentSchemas,
  answers: Refusals,
): object {
  return {
    operationId: name,
    tags: [spec.tag],
    summary: spec.summary,
    description: whoMay(spec),
    ...(spec.permission === 'public' || spec.permission === 'any' || spec.permission === 'customer'
      ? {}
      : { 'x-permission': spec.permission, 'x-roles': rolesWith(spec.permission) }),
    security: securityOf(spec),
    parameters: [
      ...parametersOf('path', spec.params, schemas),
      ...parametersOf('query', spec.query, schemas),
    ],
    ...(spec.body === undefined ? {} : { requestBody: bodyOf(spec, spec.body, schemas) }),
    responses: { [spec.status]: successOf(spec, schemas), ...answers.of(spec) },
  };
}

function whoMay(spec: EndpointSpec): string {
  const whom = spec.permission === 'customer' ? 'by one customer' : 'from one address';
  const limit = spec.rateLimit === undefined ? '' : ` At most ${spec.rateLimit} requests a minute ${whom}.`;
  const open = spec.allowedReadOnly ? ' Works in read-only mode.' : '';
  if (spec.permission === 'public') return `Anyone, without signing in.${limit}${open}`;
  if (spec.permission === 'any') return `Anyone who is signed in.${limit}${open}`;
  if (spec.permission === 'customer') return `A customer who is signed in to the portal.${limit}${open}`;
  return `Needs the permission \`${spec.permission}\`, which ${rolesWith(spec.permission).join(', ')} hold.${limit}${open}`;
}

function rolesWith(permission: EndpointSpec['permission']): readonly string[] {
  return roles.filter((role) => [...rolePermissions[role]].some((held) => held === permission));
}

function securityOf(spec: EndpointSpec): readonly object[] {
  if (spec.permission === 'public') return [];
  if (spec.permission === 'customer') return [{ customer: [] }];
  return [{ bearer: [] }, spec.method === 'GET' ? { session: [] } : { session: [], csrf: [] }];
}

function parametersOf(
  place: 'path' | 'query',
  object: z.ZodObject | undefined,
  schemas: ComponentSchemas,
): readonly object[] {
  return Object.entries(object?.shape ?? {}).map(([name, field]) => {
    const schema = schemas.sent(field as z.ZodType); // The shape of a ZodObject holds schemas.
    return { name, in: place, required: place === 'path' || !isOptional(field as z.ZodType), schema };
  });
}

function bodyOf({ rawBody, streamedBody }: EndpointSpec, body: z.ZodType, schemas: ComponentSchemas): object {
  // Whatever it is, it is taken as it comes.
  if (rawBody !== undefined) return { required: true, content: { 'application/json': {} } };
  if (streamedBody !== undefined) return { required: true, content: { 'application/octet-stream': {} } };
  return { required: !isOptional(body), content: { 'application/json': { schema: schemas.sent(body) } } };
}

function isOptional(schema: z.ZodType): boolean {
  return schema.safeParse(undefined).success;
}

const successWords = {
  200: 'Done.',
  201: 'Added.',
  202: 'Accepted; it will be done.',
  204: 'Done; there is nothing to say.',
};

function successOf(spec: EndpointSpec, schemas: ComponentSchemas): object {
  const description = successWords[spec.status];
  if (spec.status === 204) return { description };
  if (spec.produces !== undefined) return { description, content: filesOf(spec.produces) };
  if (spec.blob) return { description, content: { 'application/octet-stream': {} } };
  return {
    description,
    content: {
      'application/json': { schema: schemas.answered(spec.response) },
      ...filesOf(spec.downloads ?? []),
    },
  };
}

/** Bytes as they are have no schema (OpenAPI 3.1.1, §4.8.14.3): the media type says it all. */
function filesOf(types: readonly FileType[]): object {
  return Object.fromEntries(types.map((type) => [type, {}]));
}
