import { sql } from 'kysely';
import type { Db, Tx } from '#kit/db.ts';
import type { Message } from '#kit/errors.ts';

/** How long a worker may take over a router before another reads it, in seconds. */
const leaseSeconds = 300;

/** Takes a router that is due for this worker; how often it failed before, or undefined where it is not this one's to read. */
export async function takePoll(
  db: Db,
  routerId: string,
  worker: string,
  at: string,
): Promise<{ readonly failures: number } | undefined> {
  const { rows } = await sql<{ failures: number }>`
    insert into usage_polls as p (router_id, worker, lease_until)
    values (${routerId}, ${worker}, ${at}::timestamptz + make_interval(secs => ${leaseSeconds}))
    on conflict (router_id) do update set worker = excluded.worker, lease_until = excluded.lease_until
    where (p.worker is null or p.lease_until <= ${at}::timestamptz) and (p.next_at is null or p.next_at <= ${at}::timestamptz)
    returning failures`.execute(db);
  return rows[0];
}

/**
 * Notes that the router was read and lets go of it. False if another worker took it meanwhile: what this one read may be older
 * than what that one has counted.
 */
export async function finishPoll(
  tx: Tx,
  routerId: string,
  worker: string,
  { at, nextAt }: { readonly at: string; readonly nextAt: string },
): Promise<boolean> {
  const { rows } = await sql`
    update usage_polls set state = 'ok', failures = 0, error_en = null, error_id = null, polled_at = ${at}::timestamptz,
      next_at = ${nextAt}::timestamptz, worker = null, lease_until = null
    where router_id = ${routerId} and worker = ${worker} returning 1`.execute(tx);
  return rows.length > 0;
}

export interface Failure {
  readonly state: 'unreachable' | 'refused';
  readonly message: Message;
  readonly nextAt: string;
}

/** Notes that the router could not be read, and lets go of it. */
export async function failPoll(
  db: Db,
  routerId: string,
  worker: string,
  { state, message, nextAt }: Failure,
): Promise<void> {
  await sql`
    update usage_polls set state = ${state}, failures = failures + 1, error_en = ${message.en}, error_id = ${message.id},
      next_at = ${nextAt}::timestamptz, worker = null, lease_until = null
    where router_id = ${routerId} and worker = ${worker}`.execute(db);
}

/** Lets go of the router, whatever came of it. */
export async function dropPoll(db: Db, routerId: string, worker: string): Promise<void> {
  await sql`update usage_polls set worker = null, lease_until = null where router_id = ${routerId} and worker = ${worker}`.execute(
    db,
  );
}

/** Asks for the routers that are due, each once. One that asks RADIUS is of interest for its static addresses alone. */
export async function wakeDue(db: Db, at: string): Promise<void> {
  await sql`
    select graphile_worker.add_job('usage.poll', json_build_object('router_id', r.id), job_key := 'usage.poll:' || r.id)
    from router_settings r left join usage_polls p on p.router_id = r.id
    where r.is_active and (p.next_at is null or p.next_at <= ${at}::timestamptz) and (p.worker is null or p.lease_until <= ${at}::timestamptz)
      and (not r.use_radius or exists (
        select from packages k join subscriptions s on s.package_id = k.id join customers c on c.id = s.customer_id
        where k.type = 'static' and s.status <> 'cancelled' and coalesce(c.router_id, case when r.is_default then r.id end) = r.id))`.execute(
    db,
  );
}

/** Ends the rest of routers that could not be read: somebody changed something. */
export async function endRests(tx: Tx): Promise<void> {
  await sql`update usage_polls set next_at = null where failures > 0`.execute(tx);
}
