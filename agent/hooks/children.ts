import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import { beginningOf, livingOf } from './process-identity.ts';

/** Processes that were started for the installation, remembered so that none outlives the agent unnoticed. */
export function rememberChild(db: DatabaseSync, pid: number, mark: string): void {
  db.prepare('insert or replace into journal_children (pid, begun, mark) values (?, ?, ?)').run(
    pid,
    beginningOf(pid) ?? '',
    mark,
  );
}

export function forgetChild(db: DatabaseSync, pid: number): void {
  db.prepare('delete from journal_children where pid = ?').run(pid);
}

/**
 * Ends what a killed agent left running, with all its descendants, and waits until it is gone: a migration that still writes would
 * spoil what is restored.
 * @throws {AgentError} child_stays
 */
export async function endLeftovers(db: DatabaseSync): Promise<void> {
  const rows = db.prepare('select pid, begun, mark from journal_children').all() as {
    pid: number;
    begun: string;
    mark: string;
  }[];
  for (const { pid, begun, mark } of rows) {
    const now = beginningOf(pid);
    // Nobody is given the number of a group that still has members.
    await endAll(now === undefined || now === begun ? pid : undefined, mark);
    forgetChild(db, pid);
  }
}

const tries = 500;

/**
 * Ends a group and all that was started by it, also what left the group, and waits until it is gone.
 * @throws {AgentError} child_stays where something cannot be ended
 */
export async function endAll(group: number | undefined, mark: string): Promise<void> {
  for (let n = 0; n < tries; n += 1) {
    const living = livingOf(group, mark);
    if (living?.length === 0) return;
    for (const pid of living ?? []) signal(pid, 'SIGKILL');
    const isThere = group !== undefined && signalGroup(group, 'SIGKILL');
    if (living === undefined && !isThere) return;
    await delay(10);
  }
  throw new AgentError('child_stays', {
    en: `A command that was started for the update cannot be ended (process group ${group ?? '–'}; it may be another user’s). End it, then try again.`,
    id: `Perintah yang dijalankan untuk pembaruan tidak bisa dihentikan (grup proses ${group ?? '–'}; mungkin milik pengguna lain). Hentikan, lalu coba lagi.`,
  });
}

/** False where there is no such group, or nobody of it may be told. */
export const signalGroup = (group: number, name: NodeJS.Signals): boolean => signal(-group, name);

function signal(pid: number, name: NodeJS.Signals): boolean {
  // These mean everybody, one's own group, and who looks after all others.
  if (Math.abs(pid) <= 1) return false;
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))
      return false;
    throw error;
  }
}
