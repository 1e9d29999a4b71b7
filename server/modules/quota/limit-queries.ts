import { sql } from 'kysely';
import type { SqlPart } from '#kit/db.ts';

/**
 * Named statements over `due` and `standing`: what subscriptions get less than their package gives because of a quota, and
 * `changed`, those (id) of which that is not what it was. Limits for another reason are left alone. A period that is looked at late,
 * when it is over already, limits nobody, and nobody gets faster than the package is.
 */
export const limitStatements = (today: string, at: string): SqlPart<unknown> => sql`
  limited as materialized (
    select s.id, t.action = 'block' as blocked, case when t.action = 'throttle' then nadi_slower(t.throttle_rate, split_part(p.rate_limit, ' ', 1)) end as rate_limit
    from standing t join subscriptions s on s.customer_id = t.customer_id and s.status <> 'cancelled' join packages p on p.id = s.package_id
    where t.state = 'exceeded' and t.action in ('throttle', 'block') and t.cur_end > ${today}::date
  ), slowed as (
    insert into subscription_limits as l (subscription_id, blocked, rate_limit, reason, created_at)
    select id, blocked, rate_limit, 'quota', ${at}::timestamptz from limited order by id
    on conflict (subscription_id) do update set blocked = excluded.blocked, rate_limit = excluded.rate_limit, created_at = excluded.created_at
      where l.reason = 'quota' and (l.blocked, l.rate_limit) is distinct from (excluded.blocked, excluded.rate_limit)
    returning subscription_id as id
  ), restored as (
    delete from subscription_limits l using due d join subscriptions s on s.customer_id = d.customer_id
    where l.subscription_id = s.id and l.reason = 'quota' and not exists (select from limited where limited.id = s.id)
    returning l.subscription_id as id
  ), changed as materialized (select id from slowed union all select id from restored)`;
