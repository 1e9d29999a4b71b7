import { sql } from 'kysely';
import type { Tx } from '#kit/db.ts';
import { countStatement } from './day-queries.ts';
import type { Reading, Readings } from './read-counters.ts';

/** Seconds by which two readings of a session's beginning differ on a router that is slow to answer. */
const unsureSeconds = 120;
/** How long a session is counted over that was never seen before, or not for long. */
const longestDays = 62;
/** More than anybody moves between two looks; a router that tells such amounts must not break the sum. */
const petabyte = 2n ** 50n;
/** How long a counter is remembered that its router does not show any more. */
const rememberedHours = 24;

/**
 * Adds what was read of a router to the days it was used on, once, and remembers the counters and who was online. What is
 * added is the difference to what was read before. A counter of another session, of a router that restarted, or that went back
 * began at nothing; it is never taken to have overflowed (field.md 16). A PPPoE session has an id and a beginning of its own:
 * where those stay and the counter is lower, it was read while the session changed, and nothing is added. Where it is unsure
 * whether something was counted, it is not. A counter that lasts tells nothing at the first look.
 */
export async function saveReadings(
  tx: Tx,
  routerId: string,
  { uptime, counters }: Readings,
  at: string,
): Promise<void> {
  const now = sql`${at}::timestamptz`;
  const up = sql`${uptime}::bigint`;
  const unsure = sql`make_interval(secs => ${unsureSeconds})`;
  // Looked up one by one: a join might go through all subscriptions for those of one router.
  const owner = sql`case when g.kind = 'static' then (select s.id from subscriptions s where s.id = g.key::uuid) else (
    select m.subscription_id
    from mikrotik_secrets m join subscriptions s on s.id = m.subscription_id join packages p on p.id = s.package_id
      join customers c on c.id = s.customer_id left join router_settings d on d.is_default
    where m.username = g.username and g.kind = case when p.type = 'hotspot' then 'hotspot' else 'pppoe' end and p.type <> 'static'
      and coalesce(c.router_id, d.id) = ${routerId}) end`;
  const column = (name: keyof Reading) => counters.map((counter) => counter[name]);
  // Of arrays the planner knows how many rows they are.
  const given = sql`unnest(${column('kind')}::text[], ${column('key')}::text[], ${column('username')}::text[], ${column('uptime')}::bigint[],
    ${column('lasts')}::boolean[], ${column('address')}::text[], ${column('caller_id')}::text[], ${column('bytes_in')}::bigint[],
    ${column('bytes_out')}::bigint[]) as g(kind, key, username, uptime, lasts, address, caller_id, bytes_in, bytes_out)`;
  await sql`
    with given as materialized (
      select g.*, case when g.lasts then 0 else greatest(${up} - g.uptime, 0) end as began, ${now} - make_interval(secs => least(g.uptime, 315360000)) as started_at from ${given}
    ), judged as materialized (
      select g.*, ${owner} as subscription_id, b.key is not null as known, b.seen_at, b.started_at as started_before,
        b.began as began_before, b.bytes_in as in_before, b.bytes_out as out_before,
        coalesce(${up} >= b.router_uptime and g.began between b.began - ${unsureSeconds} and b.began + ${unsureSeconds}
          and (g.kind = 'pppoe' or (g.bytes_in >= b.bytes_in and g.bytes_out >= b.bytes_out)), false) as same
      from given g
        left join usage_counters b on b.router_id = ${routerId} and b.kind = g.kind and b.key = g.key
    ), amounts as (
      select subscription_id, until,
        greatest(case when same then seen_at when lasts then greatest(seen_at, ${now} - make_interval(secs => least(${up}, 315360000)))
            else started_at end,
          ${now} - make_interval(days => ${longestDays})) as since,
        least(greatest(bytes_in - before.sent, 0), ${petabyte}::bigint) as sent,
        least(greatest(bytes_out - before.received, 0), ${petabyte}::bigint) as received
      from judged, lateral (select ${now} as until,
        case when same then in_before when lasts and not known then bytes_in else 0 end as sent,
        case when same then out_before when lasts and not known then bytes_out else 0 end as received) before
      where subscription_id is not null
    ), saved as (
      insert into usage_counters as u (router_id, kind, key, username, subscription_id, address, caller_id, started_at, began, router_uptime,
        bytes_in, bytes_out, seen_at)
      select ${routerId}, kind, key, username, subscription_id, address, caller_id, case when same and started_at between started_before - ${unsure} and started_before + ${unsure}
          then started_before else started_at end,
        case when same then began_before else began end, ${up}, bytes_in, bytes_out, ${now}
      from judged order by kind, key
      on conflict (router_id, kind, key) do update set username = excluded.username, subscription_id = excluded.subscription_id,
        address = excluded.address, caller_id = excluded.caller_id, started_at = excluded.started_at, began = excluded.began,
        router_uptime = excluded.router_uptime, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out, seen_at = excluded.seen_at
    )
    ${countStatement(sql`amounts`)}`.execute(tx);
  await sql`
    delete from usage_counters where router_id = ${routerId} and seen_at < ${now} - make_interval(hours => ${rememberedHours})`.execute(
    tx,
  );
}
