import { sql } from 'kysely';
import type { Db, SqlPart, Tx } from '#kit/db.ts';
import { businessEvents, urgentEvents } from './events.ts';

/** How the tables of truth are looked through; see {@link takeSpan}. */
export interface Span {
  /** What was made before is not looked at; null looks at everything. */
  readonly after: string | null;
  readonly at: string;
}

/** So much may the clocks of two nodes differ, or pass between reading the clock and writing the row. */
const overlapMinutes = 10;
/** What is older when it is noticed is told to nobody any more. */
const freshDays = 3;

/**
 * Locks the progress, so that one node looks at a time, and says from where on. The caller notices whatever is new from there, and
 * then calls {@link moveOn}: in that order, since what was written by a transaction that was open then may be older than the mark.
 */
export async function takeSpan(tx: Tx, at: string): Promise<Span> {
  const { rows } = await sql<{ after: string | null }>`
    select greatest(since, seen_until - make_interval(mins => ${overlapMinutes}), ${at}::timestamptz - make_interval(days => ${freshDays})) as after
    from notification_progress for update`.execute(tx);
  return { after: rows[0]?.after ?? null, at };
}

/** Whether every transaction of the mark before has ended, as of a moment before this call's statements that follow. */
export async function hasMarkEnded(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ ended: boolean }>`
    select mark_xid is null or mark_xid <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
      -- Only a database that was moved to another server has a mark that is still to come.
      or mark_xid > pg_snapshot_xmax(pg_current_snapshot())::text::bigint as ended
    from notification_progress`.execute(tx);
  return rows[0]?.ended ?? false;
}

/** Where {@link hasMarkEnded} said so before anything was noticed: what was made up to the mark was seen, and a new mark is set. */
export async function moveOn(tx: Tx, at: string): Promise<void> {
  await sql`
    update notification_progress set seen_until = coalesce(mark_at, seen_until), mark_at = ${at}::timestamptz,
      mark_xid = pg_snapshot_xmax(pg_current_snapshot())::text::bigint`.execute(tx);
}

/** What was made up to `at` is history, and told to nobody: for a database whose past was made up. */
export async function forgetPast(db: Db, at: string): Promise<void> {
  await sql`update notification_progress set since = ${at}::timestamptz`.execute(db);
}

/** Forgets what was noticed so long ago that it cannot be noticed again. */
export async function forgetNoticed(db: Db, before: string): Promise<void> {
  await sql`delete from notification_events where noticed_at < ${before}::timestamptz`.execute(db);
}

/** Something that happened: once_for, event, customer_id, subject_id, vars; what is like it is told to staff together. */
export type Happened = SqlPart<unknown>;

export interface Telling {
  readonly at: string;
  /** Channels that are set up. */
  readonly available: readonly string[];
}

/** Days after which a message that could not be sent is of no use any more. */
const usefulDays = 3;

/**
 * Notes what of `happened` is new, and in the same statement queues a message to each customer who wants one, by the first channel
 * that can reach them, and a notice for each setting that asks for the event. Done again it does nothing. What was noticed before is
 * found by the conflict alone: an anti-join that was planned while the table was empty would take hours for a million.
 */
export async function tell(tx: Tx, happened: Happened, { at, available }: Telling): Promise<void> {
  const now = sql`${at}::timestamptz`;
  await sql`
    with happened as materialized (${happened}), fresh as (
      insert into notification_events (once_for, noticed_at)
      select h.once_for, ${now} from happened h
      on conflict (once_for) do nothing
      returning once_for
    ), news as materialized (
      select h.* from happened h where h.once_for in (select once_for from fresh)
    ), messages as (
      insert into notification_messages (id, event, urgent, customer_id, subject_id, channel, lane, fallbacks, language, vars, state, next_at,
        sent_at, expires_at, created_at, updated_at)
      select nadi_uuid(${now}, row_number() over ()), n.event, n.event = any(${[...urgentEvents]}::text[]), c.id, n.subject_id,
        coalesce(w.ways[1], 'in_app'), coalesce(w.ways[1], 'in_app'), coalesce(w.ways[2:], '{}'), coalesce(p.language, o.language),
        n.vars || jsonb_build_object('customer_name', c.name), case when w.ways = '{}' then 'sent' else 'waiting' end, ${now},
        case when w.ways = '{}' then ${now} end, ${now} + make_interval(days => ${usefulDays}), ${now}, ${now}
      from news n join customers c on c.id = n.customer_id and c.anonymised_at is null
        cross join organisation o cross join notification_rules r
        left join notification_preferences p on p.customer_id = c.id
        cross join lateral (
          select array(
            select way from unnest(coalesce(p.channels, r.channels)) with ordinality u(way, place)
            where way = any(${[...available]}::text[]) and case way when 'email' then c.email is not null
              when 'whatsapp' then length(regexp_replace(c.phone, '[^0-9]', '', 'g')) >= 8 else false end
            order by place) as ways
          -- Found once for each row, not wherever it is used.
          offset 0
        ) w
      where r.customers_enabled and not n.event = any(r.muted) and not n.event = any(coalesce(p.muted, '{}'))
    )
    insert into notification_notices (id, setting_id, event, severity, meta, created_at)
    select nadi_uuid(${now}, row_number() over ()), s.id, n.event, 'info', n.meta, ${now}
    from (
      select event, jsonb_build_object('count', count(*), 'amount', coalesce(sum((vars ->> 'amount')::numeric), 0)::text,
        'names', to_jsonb((array_agg(c.name order by c.name))[1:3])) as meta
      from news join customers c on c.id = news.customer_id where event = any(${[...businessEvents]}::text[]) group by event
    ) n join notification_settings s on s.is_active and s.events && array[n.event, 'all']`.execute(tx);
}

/** Notes new alerts for each setting that asks for their type, once each; {@link Span} says which. */
export async function noteAlerts(tx: Tx, { after, at }: Span): Promise<void> {
  await sql`
    with happened as materialized (
      select * from alert_logs a where ${after}::timestamptz is null or a.created_at > ${after}::timestamptz
    ), fresh as (
      insert into notification_events (once_for, noticed_at)
      select 'alert:' || h.id, ${at}::timestamptz from happened h
      on conflict (once_for) do nothing
      returning once_for
    )
    insert into notification_notices (id, setting_id, event, severity, alert_id, title, message, meta, subject, parent, created_at)
    select nadi_uuid(${at}::timestamptz, row_number() over (order by h.created_at, h.id)), s.id, h.type, h.severity, h.id, h.title, h.message,
      h.meta, h.subject, h.parent, h.created_at
    from happened h join fresh f on f.once_for = 'alert:' || h.id
      join notification_settings s on s.is_active and s.events && array[h.type, 'all']`.execute(tx);
}
