import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import {
  anyoneWantsJoint,
  jointlyDueIds,
  lockAllStatement,
  neighboursOf,
  type Reach,
  renewableOf,
} from '../subscriptions/index.ts';
import { everJoined } from './part-queries.ts';

interface Scope {
  readonly subscriptionId?: string | undefined;
}

/**
 * Whoever pays an invoice of several subscriptions locks them all, by id. A step that changes subscriptions in no order
 * therefore first locks, by id, all of a customer's of which it touches one that ever shared an invoice: `touched` tells which of
 * those (a relation with subscription_id) it may touch, as a relation with id.
 */
export async function lockSharing(
  db: Db,
  { subscriptionId }: Scope,
  touched: (shared: SqlPart<unknown>) => SqlPart<unknown>,
): Promise<void> {
  if (subscriptionId !== undefined || !(await anythingJoined(db))) return;
  await lockAllStatement(neighboursOf(touched(everJoined))).execute(db);
}

/** Whether there ever was an invoice of several subscriptions. */
export async function anythingJoined(db: Db): Promise<boolean> {
  const { rows } = await sql<{ found: boolean }>`select exists(select from invoice_parts) as found`.execute(
    db,
  );
  return rows[0]?.found ?? false;
}

/**
 * Locks in order what renewing changes jointly, as {@link lockSharing}. Answers whether there are customers who want one invoice;
 * a run for one subscription makes ordinary invoices.
 */
export async function lockRenewals(db: Db, run: Scope & Reach): Promise<boolean> {
  if (run.subscriptionId !== undefined) return false;
  const wanted = await anyoneWantsJoint(db);
  const joined = await anythingJoined(db);
  if (wanted || joined) {
    const due = wanted ? jointlyDueIds(run) : sql`(select null::uuid as id where false)`;
    const shared = joined ? sql`union select id from ${renewableOf(everJoined, run)} r` : sql``;
    await lockAllStatement(neighboursOf(sql`(select id from ${due} d ${shared})`)).execute(db);
  }
  return wanted;
}
