import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { advanceJointStatement } from '../subscriptions/index.ts';
import { issueStatements } from './issue-queries.ts';
import { billedStatement, jointLines, jointStatements, partsStatement } from './joint-statements-queries.ts';
import { usedStatements } from './renewal-queries.ts';
import { auditStatement, count, type RunContext } from './run-queries.ts';
import { extendFree } from './settle-queries.ts';

/**
 * As `renewOnePeriod`, for the customers who want one invoice: what is due of a customer's subscriptions, and what comes
 * along with it, is on one. Where that is a single subscription, its invoice is an ordinary one. The caller holds the locks.
 */
export async function renewJointly(db: Db, run: RunContext): Promise<number> {
  const { today, at, runId, dueDays } = run;
  const idPrefix = run.newIdPrefix();
  const renewed = await count(
    db,
    sql`
      with advanced as (${advanceJointStatement(run, at)}),
      ${jointStatements()},
      ${issueStatements({ today, at, runId, idPrefix, dueDays, parts: billedStatement(at) }, jointLines())},
      ${partsStatement()},
      ${usedStatements(at, sql`billed`)},
      total as (select count(*)::integer as touched from issued),
      audit as (${auditStatement(run, 'renewed')})
      select touched as count from total`,
  );
  await extendFree(db, { idPrefix, at });
  return renewed;
}
