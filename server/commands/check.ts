import { runChecks } from '../checks/run-checks.ts';
import type { Process } from './context.ts';

/** Checks the code; returns 1 when something is wrong. */
export async function checkCommand(process: Process): Promise<number> {
  const { repository, execPath, env, terminal } = process;
  return (await runChecks({ repository, execPath, env, print: terminal.print })) ? 0 : 1;
}
