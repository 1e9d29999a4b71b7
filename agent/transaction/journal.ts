import type { DatabaseSync } from 'node:sqlite';

export type Kind = 'update' | 'rollback' | 'restore';
/** `forward` may still be undone; `committed` is to be finished; `undoing` is to be undone to its end. */
export type Phase = 'forward' | 'undoing' | 'committed';

/** What is being done to the installation. */
export interface Entry {
  readonly kind: Kind;
  readonly phase: Phase;
  readonly updateId: number | null;
  readonly input: unknown;
  readonly begun: readonly string[];
  readonly reason: string | null;
}

/** What stands in the journal; undefined where nothing is being done. */
export function readJournal(db: DatabaseSync): Entry | undefined {
  const row = db.prepare('select kind, phase, update_id, input, begun, reason from journal').get();
  if (row === undefined) return undefined;
  // As the table's checks hold them.
  const { kind, phase, update_id: updateId, input, begun, reason } = row as Record<string, string>;
  return {
    kind: kind as Kind,
    phase: phase as Phase,
    updateId: updateId === null ? null : Number(updateId),
    input: JSON.parse(input ?? 'null'),
    begun: JSON.parse(begun ?? '[]'),
    reason: reason ?? null,
  };
}

export function openJournal(
  db: DatabaseSync,
  {
    kind,
    updateId,
    input,
  }: { readonly kind: Kind; readonly updateId: number | null; readonly input: unknown },
  at: string,
): void {
  db.prepare(
    `insert into journal (only, kind, phase, update_id, input, started_at) values (1, ?, 'forward', ?, ?, ?)`,
  ).run(kind, updateId, JSON.stringify(input), at);
}

/** Written before the step touches anything. */
export function noteBegun(db: DatabaseSync, step: string): void {
  db.prepare(`update journal set begun = json_insert(begun, '$[#]', ?) where phase = 'forward'`).run(step);
}

/** The step is undone; it was the last of those begun. */
export function noteUndone(db: DatabaseSync, step: string): void {
  db.prepare(
    `update journal set begun = json_remove(begun, '$[#-1]') where phase = 'undoing' and begun ->> '$[#-1]' = ?`,
  ).run(step);
}

/** From now on it is undone, whatever happens. */
export function noteUndoing(db: DatabaseSync, reason: string): void {
  db.prepare(`update journal set phase = 'undoing', reason = ? where phase = 'forward'`).run(reason);
}

/** From now on it is done, whatever happens: the one moment between the old and the new. */
export function noteCommitted(db: DatabaseSync): void {
  db.prepare(`update journal set phase = 'committed' where phase = 'forward'`).run();
}

export function closeJournal(db: DatabaseSync): void {
  db.prepare('delete from journal').run();
}
