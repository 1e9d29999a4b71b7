import type { Property } from './properties.ts';

/** A row of a table; values are byte strings in RouterOS's own writing. */
export interface Row {
  readonly id: string;
  readonly values: Record<string, string>;
  /** Values that are worked out when they are read: counters, uptimes. */
  readonly live?: Readonly<Record<string, () => string>> | undefined;
}

export interface TableDefinition {
  /** Without the leading slash. */
  readonly path: string;
  /** What RouterOS calls a row in its refusals: "secret". */
  readonly item: string;
  readonly properties: Readonly<Record<string, Property>>;
  /** The properties that no two rows have alike, and what RouterOS says to the second. */
  readonly unique?: { readonly by: readonly string[]; readonly refusal: string };
  /** The property that rows are found by. */
  readonly name?: string;
  /** What RouterOS made by itself cannot be removed. */
  readonly keepsDynamic?: boolean;
  /** What `set` and `print` see is one row without an id. */
  readonly single?: boolean;
  /** What commands may do besides `print` and `listen`; all of it unless given. */
  readonly verbs?: readonly Verb[];
}

export type Verb = 'add' | 'set' | 'remove' | 'enable' | 'disable' | 'unset' | 'comment' | 'make-static';

export type Change = (row: Row, dead: boolean) => void;

/** Rows by id, in the order in which they were added, with indexes by name and by what must be unique. */
export class Table {
  readonly definition: TableDefinition;
  /** The names of the properties that are shown, in their order. */
  readonly shown: readonly string[];
  readonly #rows = new Map<string, Row>();
  readonly #names = new Map<string, Row[]>();
  readonly #unique = new Map<string, Row>();
  readonly #watchers = new Set<Change>();
  #last: number;

  /** Ids are numbers above `base`, in hexadecimal; none is given twice. */
  constructor(definition: TableDefinition, base = 0) {
    this.definition = definition;
    this.#last = base;
    this.shown = Object.keys(definition.properties).filter(
      (name) => definition.properties[name]?.hidden !== true,
    );
  }

  get size(): number {
    return this.#rows.size;
  }

  rows(): MapIterator<Row> {
    return this.#rows.values();
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** The rows whose name is that. */
  named(name: string): readonly Row[] {
    return this.#names.get(name) ?? [];
  }

  /** Whether another row than `except` has the same unique values. */
  clashes(values: Readonly<Record<string, string>>, except?: Row): boolean {
    const key = this.#uniqueKey(values);
    const found = key === undefined ? undefined : this.#unique.get(key);
    return found !== undefined && found !== except;
  }

  /** Adds a row as it is given; what commands may not do is checked by them. */
  insert(values: Readonly<Record<string, string>>, live?: Row['live']): Row {
    this.#last += 1;
    const row: Row = { id: `*${this.#last.toString(16).toUpperCase()}`, values: { ...values }, live };
    this.#rows.set(row.id, row);
    this.#index(row);
    this.#tell(row, false);
    return row;
  }

  /** Changes values; one that is undefined is taken away. */
  update(row: Row, values: Readonly<Record<string, string | undefined>>): void {
    this.#unindex(row);
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) delete row.values[name];
      else row.values[name] = value;
    }
    this.#index(row);
    this.#tell(row, false);
  }

  delete(row: Row): void {
    if (!this.#rows.delete(row.id)) return;
    this.#unindex(row);
    this.#tell(row, true);
  }

  /** Calls back at each change from now on, until what it gives back is called. */
  watch(change: Change): () => void {
    this.#watchers.add(change);
    return () => this.#watchers.delete(change);
  }

  /** What a client is shown of a row, or undefined where it has none of that. */
  read(row: Row, property: string): string | undefined {
    if (property === '.id') return this.definition.single ? undefined : row.id;
    const known = Object.hasOwn(this.definition.properties, property);
    if (!known || this.definition.properties[property]?.hidden) return undefined;
    return row.live?.[property]?.() ?? row.values[property];
  }

  /** The rows as they are now, worth keeping while the table changes. */
  snapshot(): readonly Row[] {
    return [...this.rows()].map((row) => ({
      id: row.id,
      values: Object.fromEntries(
        this.shown.flatMap((name) => {
          const value = this.read(row, name);
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    }));
  }

  #uniqueKey(values: Readonly<Record<string, string>>): string | undefined {
    return this.definition.unique?.by.map((name) => values[name] ?? '').join('\0');
  }

  #index(row: Row): void {
    const name = this.definition.name;
    if (name !== undefined) {
      const text = row.values[name] ?? '';
      const rows = this.#names.get(text);
      if (rows === undefined) this.#names.set(text, [row]);
      else rows.push(row);
    }
    const key = this.#uniqueKey(row.values);
    if (key !== undefined) this.#unique.set(key, row);
  }

  #unindex(row: Row): void {
    const text = row.values[this.definition.name ?? ''] ?? '';
    const rest = (this.#names.get(text) ?? []).filter((other) => other !== row);
    if (rest.length === 0) this.#names.delete(text);
    else this.#names.set(text, rest);
    const key = this.#uniqueKey(row.values);
    if (key !== undefined && this.#unique.get(key) === row) this.#unique.delete(key);
  }

  #tell(row: Row, dead: boolean): void {
    for (const change of this.#watchers) change(row, dead);
  }
}
