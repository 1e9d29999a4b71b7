import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { beginningOf } from './process-identity.ts';

/** Processes that were started for the installation, remembered so that none outlives the agent unnoticed. */
export function rememberChild(db: DatabaseSync, pid: number): void {
  db.prepare('insert or replace into journal_children (pid, begun) values (?, ?)').run(
    pid,
    beginningOf(pid) ?? '',
  );
}

export function forgetChild(db: DatabaseSync, pid: number): void {
  db.prepare('delete from journal_children where pid = ?').run(pid);
}

/**
 * Ends what a killed agent left running, with all its descendants, and waits until it is gone: a migration that still writes would
 * spoil what is restored.
 */
export async function endLeftovers(db: DatabaseSync): Promise<void> {
  const rows = db.prepare('select pid, begun from journal_children').all() as {
    pid: number;
    begun: string;
  }[];
  for (const { pid, begun } of rows) {
    const now = beginningOf(pid);
    // Nobody is given the number of a group that still has members.
    if (now === undefined || now === begun) while (signalGroup(pid, 'SIGKILL')) await delay(10);
    forgetChild(db, pid);
  }
}

/** False where there is no such group. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
