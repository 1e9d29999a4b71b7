import type { Command } from './command.ts';
import type { Commander, RunOptions } from './commander.ts';
import { InvalidInput, ProtocolError } from './errors.ts';
import { mapped } from './mapped.ts';
import type { Query } from './query.ts';
import { newRow, type Row } from './reply.ts';

export interface PrintOptions extends RunOptions {
  /** The properties to bring. The router computes and sends no others. */
  readonly fields: readonly string[];
  readonly where?: Query | undefined;
}

/** What `listen` tells of: an item as it is now, or that it is gone. */
export type Change =
  | { readonly kind: 'changed'; readonly row: Row }
  | { readonly kind: 'removed'; readonly id: string };

/** Attributes to write; undefined ones are left as they are. */
export type Values = Readonly<Record<string, string | undefined>>;

/** All items of a menu that the query finds. `run` says what it rejects with. */
export async function print(on: Commander, menu: string, options: PrintOptions): Promise<readonly Row[]> {
  const { rows } = await on.run(printCommand(menu, options), options);
  return rows;
}

/** The same one by one, for menus of any size. */
export function printStream(on: Commander, menu: string, options: PrintOptions): AsyncIterable<Row> {
  return on.stream(printCommand(menu, options), options);
}

/** Adds an item and gives back its id. Throws ProtocolError if the router tells none: it may have been added then. */
export async function add(
  on: Commander,
  menu: string,
  values: Values,
  options?: RunOptions,
): Promise<string> {
  const path = `${menu}/add`;
  const { done } = await on.run({ path, attributes: values }, options);
  const id = done.ret;
  if (id === undefined) {
    throw new ProtocolError('It told no id of what was added', { command: path, mayHaveExecuted: true });
  }
  return id;
}

/** The only row of a menu that has no items, such as `/system/resource`; without properties if the router sends none. */
export async function readMenu(
  on: Commander,
  menu: string,
  { fields, ...options }: Omit<PrintOptions, 'where'>,
): Promise<Row> {
  const path = `${menu}/print`;
  const attributes = { '.proplist': properties(fields, path) };
  const { rows } = await on.run({ path, attributes, reads: true }, options);
  return rows[0] ?? newRow();
}

/** Changes an item. */
export async function set(
  on: Commander,
  menu: string,
  id: string,
  values: Values,
  options?: RunOptions,
): Promise<void> {
  const path = `${menu}/set`;
  await on.run({ path, attributes: { ...values, '.id': itemId(id, path) } }, options);
}

/** Changes a menu that has no items, such as `/system/identity`. */
export async function setMenu(
  on: Commander,
  menu: string,
  values: Values,
  options?: RunOptions,
): Promise<void> {
  await on.run({ path: `${menu}/set`, attributes: values }, options);
}

/** Removes one item, or several in one command, of which an unknown one may leave some removed. */
export function remove(
  on: Commander,
  menu: string,
  ids: string | readonly string[],
  options?: RunOptions,
): Promise<void> {
  return onItems(on, `${menu}/remove`, ids, options);
}

export function enable(
  on: Commander,
  menu: string,
  ids: string | readonly string[],
  options?: RunOptions,
): Promise<void> {
  return onItems(on, `${menu}/enable`, ids, options);
}

export function disable(
  on: Commander,
  menu: string,
  ids: string | readonly string[],
  options?: RunOptions,
): Promise<void> {
  return onItems(on, `${menu}/disable`, ids, options);
}

function changeOf(row: Row): Change | undefined {
  const id = row['.id'];
  if (!isTrue(row['.dead'])) return { kind: 'changed', row };
  return id === undefined ? undefined : { kind: 'removed', id };
}

/**
 * Changes from now on, until the loop is left or the connection ends. What was there before is not told: start listening, then
 * print. A connection sends it at once, a session with the first step of the loop.
 */
export function listen(
  on: Commander,
  menu: string,
  { fields, ...options }: Omit<PrintOptions, 'where'>,
): AsyncIterable<Change> {
  const path = `${menu}/listen`;
  const list = properties(['.id', ...fields, '.dead'], path);
  const command = { path, attributes: { '.proplist': list }, reads: true, endless: true };
  return mapped(on.stream(command, options), changeOf);
}

function printCommand(menu: string, { fields, where }: PrintOptions): Command {
  const path = `${menu}/print`;
  return { path, attributes: { '.proplist': properties(['.id', ...fields], path) }, where, reads: true };
}

function properties(fields: readonly string[], command: string): string {
  // A comma in a name would be two names.
  if (fields.some((field) => !/^[.A-Za-z0-9][A-Za-z0-9.-]*$/.test(field))) {
    throw new InvalidInput('fields', 'has a wrong name', { command });
  }
  return [...new Set(fields)].join(',');
}

async function onItems(
  on: Commander,
  path: string,
  ids: string | readonly string[],
  options: RunOptions | undefined,
): Promise<void> {
  const list = typeof ids === 'string' ? [ids] : ids;
  if (list.length === 0) return;
  await on.run({ path, attributes: { '.id': list.map((id) => itemId(id, path)).join(',') } }, options);
}

/** Names and numbers are refused: they mean another item once somebody else has changed the list. */
function itemId(id: string, command: string): string {
  if (!/^\*[0-9A-F]{1,16}$/i.test(id)) throw new InvalidInput('.id', 'is not an id such as *1A', { command });
  return id;
}

function isTrue(text: string | undefined): boolean {
  return text === 'yes' || text === 'true';
}
