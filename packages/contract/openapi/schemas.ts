import { z } from 'zod';

/** A JSON Schema (draft 2020-12), as OpenAPI 3.1 takes it. */
export type JsonSchema = Record<string, unknown>;

export interface ComponentSchemas {
  /** The schema of what a client may send. */
  sent(schema: z.ZodType): JsonSchema;
  /** The schema of what the API answers. */
  answered(schema: z.ZodType): JsonSchema;
  /** Every schema that has an id, by its id. */
  all(): Record<string, JsonSchema>;
}

/** Turns zod schemas into JSON Schemas; those with an id become components, told once and referred to. */
export function componentSchemas(): ComponentSchemas {
  const components = new Map<string, JsonSchema>();
  const convert = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    // Inside another schema one with an id becomes a reference; standing alone it would not.
    const { properties, $defs = {} } = z.toJSONSchema(z.object({ schema }), {
      target: 'draft-2020-12',
      io,
      override: ({ zodSchema, jsonSchema }) => refine(zodSchema, jsonSchema, io),
    });
    for (const [id, found] of Object.entries($defs)) addComponent(components, id, referring(found));
    return referring(properties?.schema);
  };
  return {
    sent: (schema) => convert(schema, 'input'),
    answered: (schema) => convert(schema, 'output'),
    all: () => Object.fromEntries([...components].sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

/** Formats that say all that zod's pattern beside them says. */
const tellingFormats = new Set(['uuid', 'date', 'date-time', 'ipv4', 'ipv6', 'email']);

function refine({ _zod: { def } }: z.core.$ZodTypes, schema: JsonSchema, io: 'input' | 'output'): void {
  if (typeof schema.format === 'string' && tellingFormats.has(schema.format)) delete schema.pattern;
  // Answers may gain fields; a client that refuses them would break at the next release.
  if (io === 'output') delete schema.additionalProperties;
  // zod leaves out the default of what it transforms, since it is written as the result, not as what is sent.
  if (io === 'input' && def.type === 'default') schema.default ??= def.defaultValue;
}

function addComponent(components: Map<string, JsonSchema>, id: string, schema: JsonSchema): void {
  const known = components.get(id);
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
    throw new Error(`Two different schemas have the id ${id}. Give one of them another id.`);
  }
  components.set(id, schema);
}

/** The schema with its references pointing into an OpenAPI document. */
function referring(schema: unknown): JsonSchema {
  const rewrite = (key: string, value: unknown) =>
    key === '$ref' ? String(value).replace('#/$defs/', '#/components/schemas/') : withoutId(value);
  return JSON.parse(JSON.stringify(schema, rewrite));
}

/** zod repeats the id as a keyword, which JSON Schema does not have. */
function withoutId(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string')
    return value;
  const { id: _, ...rest } = value;
  return rest;
}
