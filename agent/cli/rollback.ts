import { AgentError, type Said } from '../errors.ts';
import { planRollback } from '../update/rollback.ts';
import { runRollback } from '../update/run-update.ts';
import { agentOf, type Opened, type Process, type Result } from './context.ts';
import { confirmed, stays } from './update.ts';

/** Goes back from the last update; the lock is held. @throws {AgentError} where there is none, it cannot be, or it was undone */
export async function rollback(process: Process, opened: Opened, isConfirmed: boolean): Promise<Result> {
  const { config, signal } = opened;
  const { installation } = config;
  const { version, previous } = planRollback(installation).input;
  const question: Said = {
    en: `Go back from ${previous} to ${version}? Data stays as it is.`,
    id: `Kembali dari ${previous} ke ${version}? Data tetap seperti sekarang.`,
  };
  if (!isConfirmed && !(await confirmed(process, question)))
    return { lines: [stays], json: { status: 'declined', version: previous } };
  const outcome = await runRollback(agentOf(opened), signal);
  if (outcome.is === 'undone')
    throw new AgentError('rollback_failed', {
      en: `Going back to ${version} failed, and ${previous} stays. ${outcome.reason}`,
      id: `Kembali ke ${version} gagal, dan ${previous} tetap dipakai. ${outcome.reason}`,
    });
  const done: Said = { en: `Went back to ${version}.`, id: `Dikembalikan ke ${version}.` };
  return { lines: [done], json: { status: 'rolled_back', version, from: previous } };
}
