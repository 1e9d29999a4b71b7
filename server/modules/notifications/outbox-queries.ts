import { type Selectable, sql } from 'kysely';
import type { DB, Db, SqlPart } from '#kit/db.ts';

export type MessageRow = Selectable<DB['notification_messages']>;

/** How long a worker may take over what it took, before another sends it. */
const leaseSeconds = 120;

const isDue = (at: string, quiet: boolean): SqlPart<unknown> => sql`
  m.state = 'waiting' and m.next_at <= ${at}::timestamptz and (m.expires_at is null or m.expires_at > ${at}::timestamptz)
  and (m.urgent or m.customer_id is null or not ${quiet})`;

/** Lanes with something to send that do not rest. In quiet hours only what is urgent, or for staff, is. */
export async function dueLanes(db: Db, at: string, quiet: boolean): Promise<string[]> {
  const { rows } = await sql<{ lane: string }>`
    with recursive lanes as (
      (select lane from notification_messages where state = 'waiting' order by lane limit 1)
      union all
      select (select m.lane from notification_messages m where m.state = 'waiting' and m.lane > l.lane order by m.lane limit 1)
      from lanes l where l.lane is not null
    )
    select l.lane from lanes l left join notification_lanes n on n.lane = l.lane
    where l.lane is not null and (n.rest_until is null or n.rest_until <= ${at}::timestamptz)
      and exists (select from notification_messages m where m.lane = l.lane and ${isDue(at, quiet)})`.execute(
    db,
  );
  return rows.map(({ lane }) => lane);
}

/** A message with what may have changed since it was queued. */
export interface ClaimedRow extends MessageRow {
  readonly customer_email: string | null;
  readonly customer_phone: string | null;
  /** Whether what it tells is still so. */
  readonly still: boolean;
  /** Of an open invoice: what is open now. */
  readonly open_amount: string | null;
}

/**
 * Takes up to `limit` due messages of a lane for this worker, urgent ones first. A lane that failed gives one, to try it. Nobody
 * waits for another's. Being taken counts as an attempt, so what kills whoever sends it is not tried for ever.
 */
export async function claim(
  db: Db,
  {
    lane,
    worker,
    at,
    quiet,
    limit,
  }: { lane: string; worker: string; at: string; quiet: boolean; limit: number },
): Promise<ClaimedRow[]> {
  const { rows } = await sql<ClaimedRow>`
    with lane as (
      select coalesce(max(failures), 0) as failures, coalesce(max(rest_until) <= ${at}::timestamptz, true) as rested
      from notification_lanes where lane = ${lane}
    ), taken as (
      select m.id from notification_messages m
      where m.lane = ${lane} and ${isDue(at, quiet)} and (select rested from lane)
      order by m.urgent desc, m.next_at
      limit (select case when failures > 0 then 1 else ${limit}::integer end from lane) for update skip locked
    ), claimed as (
      update notification_messages m set worker = ${worker}, attempts = m.attempts + 1, updated_at = ${at}::timestamptz,
        next_at = ${at}::timestamptz + make_interval(secs => ${leaseSeconds})
      where m.id in (select id from taken) returning m.*
    )
    select m.*, c.email as customer_email, c.phone as customer_phone, (i.amount - i.amount_paid)::text as open_amount,
      case when m.event like 'invoice\\_%' then i.status in ('unpaid', 'overdue') when m.event = 'payment_received' then p.reversed_at is null
        when m.event = 'service_suspended' then s.status = 'suspended' when m.event = 'service_resumed' then s.status = 'active'
        else true end and c.anonymised_at is null as still
    from claimed m left join customers c on c.id = m.customer_id
      left join invoices i on i.id = m.subject_id and m.event like 'invoice\\_%'
      left join payments p on p.id = m.subject_id and m.event = 'payment_received'
      left join subscriptions s on s.id = m.subject_id and m.event in ('service_suspended', 'service_resumed')
    order by m.urgent desc, m.created_at, m.id`.execute(db);
  return rows;
}

/** What came of a message that this worker took. */
export interface Settled {
  readonly id: string;
  readonly state: 'waiting' | 'sent' | 'dead' | 'dropped';
  /** Where it goes next. */
  readonly channel: string;
  readonly lane: string;
  readonly fallbacks: readonly string[];
  readonly attempts: number;
  readonly nextAt: string;
  readonly error: string | null;
  readonly subject: string | null;
  readonly body: string | null;
  readonly address: string | null;
  /** Whether it is one to staff. */
  readonly ofSetting: boolean;
}

/** Notes what came of messages, but not of those that another worker has taken since. What nobody may read goes once it is over. */
export async function settle(db: Db, worker: string, settled: readonly Settled[], at: string): Promise<void> {
  if (settled.length === 0) return;
  await sql`
    update notification_messages m set state = r.state, channel = r.channel, lane = r.lane, fallbacks = array(select jsonb_array_elements_text(r.fallbacks)),
      attempts = r.attempts, next_at = r."nextAt", error = r.error, subject = coalesce(r.subject, m.subject), body = coalesce(r.body, m.body),
      address = coalesce(r.address, m.address), worker = null, sent_at = case when r.state = 'sent' then ${at}::timestamptz end,
      sealed = case when r.state = 'waiting' then m.sealed end, updated_at = ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(settled)}::jsonb) as r(id uuid, state text, channel text, lane text, fallbacks jsonb, attempts smallint,
      "nextAt" timestamptz, error text, subject text, body text, address text)
    where m.id = r.id and m.worker = ${worker} and m.state = 'waiting'`.execute(db);
}

/** Gives back what was taken and not tried. */
export async function giveBack(db: Db, worker: string, ids: readonly string[], at: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update notification_messages set worker = null, attempts = attempts - 1, next_at = ${at}::timestamptz
    where id = any(${[...ids]}::uuid[]) and worker = ${worker} and state = 'waiting'`.execute(db);
}

/** Sends what waits in a lane the next way, if it has one: what is urgent, or `all` of it. */
export async function divert(db: Db, lane: string, all: boolean, at: string): Promise<void> {
  await sql`
    update notification_messages set channel = fallbacks[1], lane = fallbacks[1], fallbacks = fallbacks[2:], attempts = 0, worker = null,
      next_at = ${at}::timestamptz
    where lane = ${lane} and state = 'waiting' and fallbacks <> '{}' and (urgent or ${all}) and (worker is null or next_at <= ${at}::timestamptz)`.execute(
    db,
  );
}

/** Drops what was not sent while it was of use, with what nobody may read. */
export async function dropExpired(db: Db, at: string): Promise<void> {
  await sql`
    update notification_messages set state = 'dropped', error = 'expired', sealed = null, worker = null, updated_at = ${at}::timestamptz
    where state = 'waiting' and expires_at <= ${at}::timestamptz`.execute(db);
}

/** Notes that a lane works. */
export async function laneWorks(db: Db, lane: string): Promise<void> {
  await sql`delete from notification_lanes where lane = ${lane} and failures > 0`.execute(db);
}

/** Notes that a lane failed once more, and gives how often it did. Rest is told by {@link restLane}. */
export async function laneFailed(db: Db, lane: string, error: string, at: string): Promise<number> {
  const { rows } = await sql<{ failures: number }>`
    insert into notification_lanes as l (lane, failures, error, updated_at) values (${lane}, 1, ${error}, ${at})
    on conflict (lane) do update set failures = l.failures + 1, error = excluded.error, updated_at = excluded.updated_at
    returning failures`.execute(db);
  return rows[0]?.failures ?? 1;
}

export async function restLane(db: Db, lane: string, until: string): Promise<void> {
  await sql`update notification_lanes set rest_until = ${until}::timestamptz where lane = ${lane}`.execute(
    db,
  );
}

/** Takes the text out of what was sent or given up before, and forgets messages that are long over. */
export async function forgetTexts(
  db: Db,
  {
    textsBefore,
    noticesBefore,
    rowsBefore,
  }: Readonly<Record<'textsBefore' | 'noticesBefore' | 'rowsBefore', string>>,
): Promise<void> {
  const text = sql`subject = null, body = null, vars = '{}', address = null`;
  await sql`
    update notification_messages set ${text}
    where (body is not null or address is not null) and created_at < ${textsBefore}::timestamptz and state <> 'waiting'`.execute(
    db,
  );
  await sql`
    update notification_messages set ${text}
    where state in ('dead', 'dropped') and vars <> '{}' and created_at < ${textsBefore}::timestamptz`.execute(
    db,
  );
  await sql`delete from notification_messages where created_at < ${rowsBefore}::timestamptz and state <> 'waiting'`.execute(
    db,
  );
  // What a setting that is switched off was still to be told is no news once it is switched on again.
  await sql`
    delete from notification_notices where created_at < ${rowsBefore}::timestamptz
      or state = 'waiting' and created_at < ${noticesBefore}::timestamptz`.execute(db);
}
