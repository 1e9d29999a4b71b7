import { compileQuery, singleEquality } from './query.ts';
import { type Command, noSuchItem, Trap } from './sentence.ts';
import type { Row, Table } from './table.ts';

/** What `print` takes besides the properties it is asked for. */
const known = new Set([
  '.proplist',
  'count-only',
  'from',
  '.id',
  'numbers',
  'detail',
  'brief',
  'terse',
  'stats',
  'stats-detail',
  'value-list',
  'without-paging',
  'where',
  'follow',
  'follow-only',
  'interval',
  'once',
  'as-value',
]);

export interface Selection {
  /** The properties asked for, each with the beginning of its word. */
  readonly columns: readonly (readonly [name: string, start: string])[];
  readonly matches: (row: Row) => boolean;
}

/** What a `print` or `listen` asks for. Throws a Trap. */
export function selection(table: Table, { attributes, queries }: Command): Selection {
  for (const name of attributes.keys()) if (!known.has(name)) throw new Trap('unknown parameter');
  const asked = attributes.get('.proplist');
  const names =
    asked === undefined || asked === ''
      ? [...(table.definition.single ? [] : ['.id']), ...table.shown]
      : asked.split(',');
  const query = compileQuery(queries);
  return {
    columns: names.map((name) => [name, `=${name}=`]),
    matches: (row) => query((property) => table.read(row, property)),
  };
}

/** The rows of a `print`, found by an index where one query word names them. */
export function* selectedRows(table: Table, command: Command, snapshot?: Iterable<Row>): Generator<Row> {
  const { matches } = selection(table, command);
  for (const row of snapshot ?? candidates(table, command)) if (matches(row)) yield row;
}

function candidates(table: Table, { attributes, queries }: Command): Iterable<Row> {
  const from = attributes.get('from') ?? attributes.get('.id') ?? attributes.get('numbers');
  if (from !== undefined) {
    return from.split(',').map((text) => {
      const row = table.get(text) ?? table.named(text)[0];
      if (row === undefined) throw noSuchItem();
      return row;
    });
  }
  const id = singleEquality(queries, '.id');
  if (id !== undefined) return [table.get(id) ?? []].flat();
  const key = table.definition.name;
  const name = key === undefined ? undefined : singleEquality(queries, key);
  return name === undefined ? table.rows() : table.named(name);
}

/** The row as a `!re`. */
export function rowSentence(table: Table, row: Row, columns: Selection['columns']): string[] {
  const words = ['!re'];
  for (const [name, start] of columns) {
    const value = table.read(row, name);
    if (value !== undefined) words.push(start + value);
  }
  return words;
}
