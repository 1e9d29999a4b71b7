import { type RunStepName, runStepNames } from '#contract';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { type RunHooks, type RunResult, runBilling } from './run-billing.ts';
import { findRun } from './run-row-queries.ts';

/**
 * Repeats the steps that a failed or interrupted run did not finish, to the same date and for the same subscription. What is
 * done meanwhile is found done, so asking twice does nothing twice. @throws {AppError} not_found, billing_run_state, books_closed
 */
export async function retryRun(kit: Kit, hooks: RunHooks, author: Author, id: string): Promise<RunResult> {
  const row = await findRun(kit.db, id);
  if (!row) throw new AppError('not_found');
  if (row.state !== 'failed' && row.state !== 'interrupted') throw new AppError('billing_run_state');
  const steps = runStepNames.filter(
    (name: RunStepName) => row.steps.includes(name) && !row.finished_steps.includes(name),
  );
  return runBilling(kit, hooks, {
    date: row.billed_to,
    subscriptionId: row.subscription_id ?? undefined,
    steps,
    retryOf: id,
    author,
  });
}
