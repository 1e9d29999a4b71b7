import type { Commander, RunOptions } from '../commander.ts';
import { InvalidInput, ProtocolError, RouterosError } from '../errors.ts';
import { add, disable, enable, listen, print, printStream, remove, set } from '../item-commands.ts';
import { mapped } from '../mapped.ts';
import type { Query } from '../query.ts';
import type { Row } from '../reply.ts';
import type { Field, WritableField } from './field.ts';

// biome-ignore lint/suspicious/noExplicitAny: a field of any value; each knows its own
export type Fields = Readonly<Record<string, Field<any, any>>>;

/** A menu of the router and what is known of its properties. */
export interface Menu<Known extends Fields> {
  readonly path: string;
  readonly fields: Known;
  /** Throws InvalidInput for what must not be written; `adding` tells add from set. */
  readonly check?: (values: Readonly<Record<string, unknown>>, adding: boolean) => void;
}

/** Names as on the wire. */
export type Properties<Known extends Fields> = {
  readonly [Name in keyof Known]: Known[Name] extends Field<infer Value, infer Absent>
    ? Value | Absent
    : never;
};

export type Item<Known extends Fields> = { readonly '.id': string } & Properties<Known>;

type WritableNames<Known extends Fields> = {
  // biome-ignore lint/suspicious/noExplicitAny: a field of any value that can be written
  [Name in keyof Known]: Known[Name] extends WritableField<any, any> ? Name : never;
}[keyof Known];

/** What may be written. What is undefined is left as it is. */
export type NewValues<Known extends Fields> = {
  readonly [Name in WritableNames<Known>]?:
    | (Known[Name] extends Field<infer Value, unknown> ? Value : never)
    | undefined;
};

export interface FindOptions<Name> extends RunOptions {
  readonly where?: Query | undefined;
  /** Only these properties; all known ones unless told. */
  readonly fields?: readonly Name[];
}

export type ItemChange<Known extends Fields> =
  | { readonly kind: 'changed'; readonly item: Item<Known> }
  | { readonly kind: 'removed'; readonly id: string };

/** The items of one menu of one router. Everything rejects as `Commander.run` says. */
export interface Items<Known extends Fields> {
  print<Name extends keyof Known & string = keyof Known & string>(
    options?: FindOptions<Name>,
  ): Promise<readonly Item<Pick<Known, Name>>[]>;
  /** One by one, for menus of any size. */
  each<Name extends keyof Known & string = keyof Known & string>(
    options?: FindOptions<Name>,
  ): AsyncIterable<Item<Pick<Known, Name>>>;
  /** Changes from now on. */
  listen(options?: RunOptions): AsyncIterable<ItemChange<Known>>;
  /** Gives back the new id. */
  add(values: NewValues<Known>, options?: RunOptions): Promise<string>;
  set(id: string, values: NewValues<Known>, options?: RunOptions): Promise<void>;
  remove(ids: string | readonly string[], options?: RunOptions): Promise<void>;
  enable(ids: string | readonly string[], options?: RunOptions): Promise<void>;
  disable(ids: string | readonly string[], options?: RunOptions): Promise<void>;
}

/** Typed access to a menu through a connection or a session. */
export function itemsOf<Known extends Fields>(on: Commander, menu: Menu<Known>): Items<Known> {
  const { path } = menu;
  const printOptions = <Name extends keyof Known & string>({ fields, ...options }: FindOptions<Name>) => {
    const names: readonly string[] = fields ?? Object.keys(menu.fields);
    return { names, options: { ...options, fields: names } };
  };
  return {
    async print<Name extends keyof Known & string>(find: FindOptions<Name> = {}) {
      const { names, options } = printOptions(find);
      const rows = await print(on, path, options);
      return rows.map((row) => parseItem<Pick<Known, Name>>(menu, names, row));
    },
    async *each<Name extends keyof Known & string>(find: FindOptions<Name> = {}) {
      const { names, options } = printOptions(find);
      for await (const row of printStream(on, path, options)) {
        yield parseItem<Pick<Known, Name>>(menu, names, row);
      }
    },
    listen(options = {}) {
      const names = Object.keys(menu.fields);
      return mapped(listen(on, path, { ...options, fields: names }), (change) =>
        change.kind === 'removed'
          ? change
          : { kind: 'changed', item: parseItem<Known>(menu, names, change.row) },
      );
    },
    add: async (values, options) => add(on, path, written(menu, values, true), options),
    set: async (id, values, options) => set(on, path, id, written(menu, values, false), options),
    remove: (ids, options) => remove(on, path, ids, options),
    enable: (ids, options) => enable(on, path, ids, options),
    disable: (ids, options) => disable(on, path, ids, options),
  };
}

/** The named properties of a row. Throws RouterosError that names the property if one cannot be read. */
export function parseProperties<Known extends Fields>(
  menu: Menu<Fields>,
  names: readonly string[],
  row: Row,
): Properties<Known> {
  const read = names.map((name) => [name, readProperty(menu, name, row[name])]);
  // The names are those of the fields, and each value is what its field gives.
  return Object.fromEntries(read) as Properties<Known>;
}

function parseItem<Known extends Fields>(
  menu: Menu<Fields>,
  names: readonly string[],
  row: Row,
): Item<Known> {
  const id = row['.id'];
  if (id === undefined) throw new ProtocolError('It sent an item without an id', { command: menu.path });
  return { '.id': id, ...parseProperties<Known>(menu, names, row) };
}

function readProperty({ path, fields }: Menu<Fields>, name: string, value: string | undefined): unknown {
  const field = fields[name];
  if (field === undefined) throw new InvalidInput(name, 'is not a known property', { command: path });
  if (value === undefined) return field.absent;
  try {
    return field.parse(value);
  } catch (error) {
    if (!(error instanceof RouterosError)) throw error;
    throw new ProtocolError(`Its ${name} ${error.detail}`, { command: path });
  }
}

function written(
  { path, fields, check }: Menu<Fields>,
  values: Readonly<Record<string, unknown>>,
  adding: boolean,
): Readonly<Record<string, string>> {
  check?.(values, adding);
  const entries = Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const format = fields[name]?.format;
    if (format === undefined) throw new InvalidInput(name, 'cannot be written', { command: path });
    try {
      return [[name, format(value)]];
    } catch (error) {
      if (!(error instanceof RouterosError)) throw error;
      throw new InvalidInput(name, error.detail, { command: path });
    }
  });
  return Object.fromEntries(entries);
}
