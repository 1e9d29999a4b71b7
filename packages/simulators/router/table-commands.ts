import { initialValues } from './fill.ts';
import { parseSpan, spanText } from './formats.ts';
import { normalise } from './properties.ts';
import { type Command, category, noSuchItem, Trap } from './sentence.ts';
import type { Row, Table, Verb } from './table.ts';
import type { World } from './world.ts';

/** What a change answers with in its `!done`. */
export type Answer = Readonly<Record<string, string>>;

/** What happens to rows besides: sessions end when they are removed from a table of live things. */
export type OnRemove = ReadonlyMap<string, (row: Row) => void>;

const none: Answer = {};

/** Runs a verb that changes a table. Throws a Trap with RouterOS's text where it would refuse; of several rows, those before the one it refuses may be changed. */
export function change(world: World, table: Table, verb: Verb, command: Command, onRemove: OnRemove): Answer {
  if (table.definition.verbs?.includes(verb) === false) throw new Trap('no such command');
  switch (verb) {
    case 'add':
      return add(world, table, command);
    case 'set':
      return set(
        world,
        table,
        table.definition.single ? [...table.rows()] : items(table, command, true),
        command,
      );
    case 'comment':
      return set(world, table, items(table, command, true), command);
    case 'remove':
      return remove(world, table, items(table, command, false), onRemove);
    case 'enable':
    case 'disable': {
      if (!Object.hasOwn(table.definition.properties, 'disabled')) throw new Trap('no such command');
      const rows = items(table, command, true);
      for (const row of rows) table.update(row, { disabled: String(verb === 'disable') });
      return none;
    }
    case 'unset':
      return unset(table, items(table, command, true), command);
    case 'make-static':
      for (const row of items(table, command, false)) table.update(row, { dynamic: 'false' });
      return none;
  }
}

function add(world: World, table: Table, { attributes }: Command): Answer {
  const given = checked(world, table, attributes);
  const { properties, unique } = table.definition;
  for (const [name, { required }] of Object.entries(properties))
    if (required && given[name] === undefined) throw new Trap(`missing =${name}=`);
  const values = initialValues(table, defined(given));
  // A queue that is given no name gets a number.
  if (table.definition.path === 'queue/simple' && given.name === undefined)
    values.name = freeName(table, 'queue');
  if (table.clashes(values)) throw new Trap(unique?.refusal ?? 'failure: already have such entry');
  if (!Object.hasOwn(properties, 'creation-time')) return { ret: table.insert(values).id };
  values['creation-time'] = world.dateTime();
  const seconds = parseSpan(values.timeout ?? '');
  if (seconds === undefined) return { ret: table.insert(values).id };
  // An entry that ends by itself is RouterOS's own, not the configuration's.
  const until = world.time.milliseconds + seconds * 1000;
  const timeout = () => spanText((until - world.time.milliseconds) / 1000);
  return { ret: table.insert({ ...values, dynamic: 'true' }, { timeout }).id };
}

function freeName(table: Table, start: string): string {
  let number = 1;
  while (table.named(`${start}${number}`).length > 0) number += 1;
  return `${start}${number}`;
}

function set(world: World, table: Table, rows: readonly Row[], { attributes }: Command): Answer {
  const given = checked(world, table, attributes);
  const { name: key, unique } = table.definition;
  for (const row of rows) {
    const values = defined({ ...row.values, ...given });
    if (table.clashes(values, row)) throw new Trap(unique?.refusal ?? 'failure: already have such entry');
    const before = key === undefined ? undefined : row.values[key];
    table.update(row, given);
    const after = key === undefined ? undefined : row.values[key];
    if (before !== undefined && after !== undefined && before !== after) rename(world, table, before, after);
  }
  return none;
}

function remove(world: World, table: Table, rows: readonly Row[], onRemove: OnRemove): Answer {
  const { path, item, name, keepsDynamic } = table.definition;
  for (const row of rows) {
    if (row.values.default === 'true') throw new Trap(`failure: can not remove default ${item}`);
    if (row.values.dynamic === 'true' && keepsDynamic)
      throw new Trap(`failure: can not remove dynamic ${item}`);
  }
  for (const row of rows) {
    const end = onRemove.get(path);
    if (end === undefined) table.delete(row);
    else end(row);
    // What pointed at it shows its id from then on.
    const gone = name === undefined ? undefined : row.values[name];
    if (gone !== undefined && table.named(gone).length === 0) rename(world, table, gone, row.id);
  }
  return none;
}

function unset(table: Table, rows: readonly Row[], { attributes }: Command): Answer {
  const name = attributes.get('value-name');
  if (name === undefined) throw new Trap('missing =value-name=');
  const property = settable(table, name);
  for (const row of rows) table.update(row, { [name]: property.optional ? undefined : property.initial });
  return none;
}

/** The rows that `.id` or `numbers` names: ids or names, parted by commas. */
function items(table: Table, { attributes }: Command, changing: boolean): readonly Row[] {
  const listed = attributes.get('.id') ?? attributes.get('numbers');
  if (listed === undefined) throw new Trap('missing =.id=');
  const rows = (one(table, listed) ?? listed.split(',').map((part) => one(table, part)?.[0])).map((row) => {
    if (row === undefined) throw noSuchItem();
    return row;
  });
  const fixed = changing ? rows.find((row) => row.values.dynamic === 'true') : undefined;
  if (fixed !== undefined) throw new Trap(`failure: can not change dynamic ${table.definition.item}`);
  return rows;
}

function one(table: Table, text: string): readonly Row[] | undefined {
  const row = table.get(text) ?? table.named(text)[0];
  return row === undefined ? undefined : [row];
}

function settable(table: Table, name: string) {
  const property = Object.hasOwn(table.definition.properties, name)
    ? table.definition.properties[name]
    : undefined;
  if (property === undefined || property.readOnly) throw new Trap('unknown parameter');
  return property;
}

/** The attributes as values of the table's properties; one set to nothing, or `=!name=`, is undefined. */
function checked(world: World, table: Table, attributes: Command['attributes']) {
  const values: Record<string, string | undefined> = {};
  for (const [attribute, value] of attributes) {
    if (attribute === '.id' || attribute === 'numbers') continue;
    if (attribute === 'place-before') continue;
    const name = attribute.replace(/^!/, '');
    const property = settable(table, name);
    const cleared = attribute !== name || (value === '' && property.optional === true);
    values[name] = cleared ? (property.optional ? undefined : property.initial) : undefined;
    if (!cleared) values[name] = normalise(name, property, value, world.hasName);
    if (property.required && value === '')
      throw new Trap(`value of ${name} must not be empty`, { category: category.argument });
  }
  return values;
}

const defined = (values: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** RouterOS points by id, so what named a row shows its new name. */
function rename(world: World, table: Table, before: string, after: string): void {
  for (const other of world.tables()) {
    for (const [property, { kind }] of Object.entries(other.definition.properties)) {
      if (kind.is !== 'name in' || kind.table !== table.definition.path) continue;
      for (const row of other.rows())
        if (row.values[property] === before) other.update(row, { [property]: after });
    }
  }
}
