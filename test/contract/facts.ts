import { z } from 'zod';

/** What a field takes, read from its JSON Schema: what a client knows of it. */
export interface FieldFacts {
  /** JSON types; empty when the schema does not say. */
  readonly types: ReadonlySet<string>;
  readonly format: string | undefined;
  /** The texts it is limited to; empty when it is not. */
  readonly choices: ReadonlySet<unknown>;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** The facts of one field, as it is sent. */
function factsOf(schema: z.ZodType): FieldFacts {
  // toJSONSchema's own type is wider than what is read here.
  const parts = flatten(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
  const types = parts.flatMap(({ type }) => (type === undefined ? [] : Array.isArray(type) ? type : [type]));
  return {
    types: new Set(types.map((type) => (type === 'integer' ? 'number' : type))),
    format: parts.find((part) => part.format !== undefined)?.format,
    choices: new Set(
      parts.flatMap((part) => [...(part.enum ?? []), ...(part.const === undefined ? [] : [part.const])]),
    ),
  };
}

function flatten(schema: JsonSchema): JsonSchema[] {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...inner.flatMap(flatten)];
}

/** Takes optional, nullable and default wrappers off. */
export function unwrap(schema: z.ZodType): z.ZodType {
  let inner: z.ZodType = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault
  ) {
    inner = inner.unwrap() as z.ZodType; // Zod's core type of the same object.
  }
  return inner;
}

export interface Field {
  readonly path: readonly (string | number)[];
  readonly schema: z.ZodType;
  readonly facts: FieldFacts;
  readonly required: boolean;
}

/** The fields of an object, with those inside its lists of objects and inner objects. */
export function fieldsOf(schema: z.ZodType | undefined, path: readonly (string | number)[] = []): Field[] {
  const object = schema && unwrap(schema);
  if (!(object instanceof z.ZodObject)) return [];
  return Object.entries(object.shape).flatMap(([name, value]) => {
    const field = value as z.ZodType; // Shapes hold nothing else.
    const here = [...path, name];
    const inner = unwrap(field);
    const nested =
      inner instanceof z.ZodArray
        ? fieldsOf(inner.element as z.ZodType, [...here, 0])
        : fieldsOf(inner, here);
    const own: Field = {
      path: here,
      schema: field,
      facts: factsOf(field),
      required: !field.safeParse(undefined).success,
    };
    return [own, ...nested];
  });
}
