import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import type { Message } from '#kit/errors.ts';

export interface Lease {
  readonly mine: boolean;
  readonly nextAttemptAt: string | null;
  readonly failures: number;
}

/** How long a worker has a router to itself without saying anything, in seconds: then it counts as dead. */
const leaseSeconds = 60;

/**
 * Takes the router for this worker, unless another has it: then that one is asked to look once more before it lets go, so
 * that no change is left behind between the two.
 */
export async function takeLease(db: Db, routerId: string, worker: string, at: string): Promise<Lease> {
  const isFree = sql`(s.worker is null or s.lease_until <= ${at}::timestamptz)`;
  const until = sql`${at}::timestamptz + make_interval(secs => ${leaseSeconds})`;
  const { rows } = await sql<Lease>`
    insert into router_states as s (router_id, since, worker, lease_until)
    values (${routerId}, ${at}::timestamptz, ${worker}, ${until})
    on conflict (router_id) do update set again = not ${isFree},
      worker = case when ${isFree} then excluded.worker else s.worker end,
      lease_until = case when ${isFree} then excluded.lease_until else s.lease_until end
    returning s.worker = ${worker} as mine, s.next_attempt_at as "nextAttemptAt", s.failures`.execute(db);
  const [lease] = rows;
  if (lease === undefined) throw new Error('The lease was not answered.');
  return lease;
}

/** Says that the worker lives. False if it was taken for dead and another has the router. */
export async function renewLease(db: Db, routerId: string, worker: string, at: string): Promise<boolean> {
  const { rows } = await sql`
    update router_states set lease_until = ${at}::timestamptz + make_interval(secs => ${leaseSeconds})
    where router_id = ${routerId} and worker = ${worker} returning 1`.execute(db);
  return rows.length > 0;
}

/** Lets go of the router, unless somebody asked meanwhile to look once more: then false, and it is kept. */
export async function releaseLease(db: Db, routerId: string, worker: string): Promise<boolean> {
  const { rows } = await sql<{ released: boolean }>`
    update router_states s set again = false, worker = case when s.again then s.worker end,
      lease_until = case when s.again then s.lease_until end
    from (select router_id, again from router_states where router_id = ${routerId} for update) before
    where s.router_id = before.router_id and s.worker = ${worker} returning not before.again as released`.execute(
    db,
  );
  return rows[0]?.released ?? true;
}

/** Lets go of the router whatever was asked: it could not be served. */
export async function dropLease(db: Db, routerId: string, worker: string): Promise<void> {
  await sql`
    update router_states set again = false, worker = null, lease_until = null
    where router_id = ${routerId} and worker = ${worker}`.execute(db);
}

export interface Failure {
  readonly state: 'unreachable' | 'refused';
  readonly message: Message;
  readonly nextAttemptAt: string;
  readonly at: string;
}

export async function recordFailure(db: Db, routerId: string, failure: Failure): Promise<void> {
  const { state, message, nextAttemptAt, at } = failure;
  await sql`
    update router_states set since = case when state = ${state} then since else ${at}::timestamptz end, state = ${state},
      failures = failures + 1, next_attempt_at = ${nextAttemptAt}::timestamptz, error_en = ${message.en}, error_id = ${message.id}
    where router_id = ${routerId}`.execute(db);
}

export interface Pass {
  readonly writes: number;
  /** Set after a full comparison. */
  readonly sweep?: { readonly nextAt: string; readonly orphans: number };
  readonly at: string;
}

/** Notes a round that went through; whether anything is held decides the state. */
export async function recordPass(db: Db, routerId: string, { writes, sweep, at }: Pass): Promise<void> {
  await sql`
    update router_states s set since = case when s.state = n.state then s.since else ${at}::timestamptz end, state = n.state,
      failures = 0, next_attempt_at = null, error_en = null, error_id = null, last_pass_at = ${at}::timestamptz,
      passes = s.passes + 1, writes = s.writes + ${writes}::integer,
      next_sweep_at = ${sweep === undefined ? sql`s.next_sweep_at` : sql`case when s.next_sweep_at is not null then ${sweep.nextAt}::timestamptz end`},
      orphans = ${sweep === undefined ? sql`s.orphans` : sql`${sweep.orphans}::integer`}
    from (select case when exists (select from provisioning_intents where router_id = ${routerId}
      and verified_version <> version and last_error = 'held') then 'held' else 'ok' end as state) n
    where s.router_id = ${routerId}`.execute(db);
}

/** Whether a full comparison of the router is due. If one is asked for while it runs, another follows: {@link recordPass}. */
export async function beginSweep(db: Db, routerId: string, at: string): Promise<boolean> {
  const { rows } = await sql`
    update router_states set next_sweep_at = coalesce(next_sweep_at, ${at}::timestamptz)
    where router_id = ${routerId} and (next_sweep_at is null or next_sweep_at <= ${at}::timestamptz) returning 1`.execute(
    db,
  );
  return rows.length > 0;
}

/** Whether the router is to be served now: something waits, or a full comparison is due. */
export async function hasWork(db: Db, routerId: string, at: string): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select exists (select from provisioning_intents where router_id = ${routerId} and verified_version <> version
        and (retry_at is null or retry_at <= ${at}::timestamptz))
      or not exists (select from router_states where router_id = ${routerId} and next_sweep_at > ${at}::timestamptz) as has`.execute(
    db,
  );
  return rows[0]?.has ?? true;
}
