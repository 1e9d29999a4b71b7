import { setTimeout } from 'node:timers/promises';
import { rowSentence, selectedRows, selection } from './print.ts';
import type { Running } from './running.ts';
import type { Command } from './sentence.ts';
import type { Row, Table } from './table.ts';
import type { VersionFacts } from './version.ts';

/** So many bytes go out before another command gets its turn. */
const batchBytes = 32_768;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface PrintFault {
  /** What is shown instead of the table as it is. */
  readonly before: readonly Row[] | undefined;
  /** The rest after each row. */
  readonly milliseconds: number | undefined;
}

/**
 * Sends the rows that a `print` asks for as fast as the client takes them, and gives back how many. A table that fits into one batch is
 * sent at once. Throws a Trap.
 */
export async function printRows(
  table: Table,
  command: Command,
  running: Running,
  { before, milliseconds }: PrintFault,
): Promise<number> {
  const { columns } = selection(table, command);
  const rows = selectedRows(table, command, before);
  const most = milliseconds === undefined ? batchBytes : 1;
  let count = 0;
  let sentences: string[][] = [];
  let bytes = 0;
  for (const row of rows) {
    const words = rowSentence(table, row, columns);
    sentences.push(words);
    count += 1;
    for (const word of words) bytes += word.length + 1;
    if (bytes < most) continue;
    running.send(...sentences);
    sentences = [];
    bytes = 0;
    await (milliseconds === undefined ? turn() : setTimeout(milliseconds));
    await running.drained();
    if (running.stopped()) return count;
  }
  if (sentences.length > 0) running.send(...sentences);
  return count;
}

/** How many rows a `print` with `count-only` finds. Throws a Trap. */
export function countRows(table: Table, command: Command, { before }: PrintFault): number {
  let count = 0;
  for (const _row of selectedRows(table, command, before)) count += 1;
  return count;
}

/** Sends each row that is added or changed from now on, and `.dead` for each that goes, until it is stopped. Throws a Trap. */
export function listenTo(
  table: Table,
  command: Command,
  running: Running,
  { dead: gone }: VersionFacts,
): void {
  const { columns, matches } = selection(table, command);
  const stop = table.watch((row, dead) => {
    if (dead) running.send(['!re', `=.id=${row.id}`, `=.dead=${gone}`]);
    else if (matches(row)) running.send(rowSentence(table, row, columns));
  });
  running.onStop(stop);
}
