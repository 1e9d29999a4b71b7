import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../state/open-state.ts';
import type { Program } from './program.ts';

/** A server that was started, as the agent's state has it. */
export interface ServerRow {
  readonly id: number;
  readonly phase: 'starting' | 'serving' | 'draining';
  readonly program: Program;
  readonly pid: number;
  readonly begun: string;
  readonly standBy: string;
  readonly startedAt: string;
}

export function listServers(db: DatabaseSync): readonly ServerRow[] {
  const rows = db
    .prepare(
      'select id, phase, program, pid, begun, stand_by as standBy, started_at as startedAt from servers order by id',
    )
    .all() as unknown as (Omit<ServerRow, 'program'> & { readonly program: string })[];
  return rows.map((row) => ({ ...row, program: JSON.parse(row.program) as Program })); // Written by addServer alone.
}

/** A number that no server of the list has. */
export function nextServer(db: DatabaseSync): number {
  const { next } = db.prepare('select coalesce(max(id), 0) + 1 as next from servers').get() as {
    next: number;
  };
  return next;
}

export function addServer(db: DatabaseSync, row: Omit<ServerRow, 'phase'>): void {
  db.prepare(
    `insert into servers (id, phase, program, pid, begun, stand_by, started_at) values (?, 'starting', ?, ?, ?, ?, ?)`,
  ).run(row.id, JSON.stringify(row.program), row.pid, row.begun, row.standBy, row.startedAt);
}

/** From now on this is the one that should serve, and the one that did is to go. */
export function noteServing(db: DatabaseSync, id: number): void {
  inTransaction(db, () => {
    db.prepare(`update servers set phase = 'draining' where phase = 'serving'`).run();
    db.prepare(`update servers set phase = 'serving' where id = ?`).run(id);
  });
}

export function forgetServer(db: DatabaseSync, id: number): void {
  db.prepare('delete from servers where id = ?').run(id);
}
