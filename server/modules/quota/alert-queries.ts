import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { raiseAlertsStatement } from '../alerts/index.ts';
import { signInLimits, unusual } from './rules.ts';

const gigabytes = (bytes: SqlPart<unknown>) => sql`trim_scale(round(${bytes}::numeric / 1000000000, 2))`;

/** Statement over `standing`: tells of every percent that was reached, once in a period. */
export const thresholdAlerts = (at: string): SqlPart<unknown> =>
  raiseAlertsStatement(
    sql`(
      select 'quota' as type, case when percent < 100 then 'warning' else 'critical' end as severity,
        case o.language when 'en' then 'Quota: ' || percent || ' % used' else 'Kuota: ' || percent || ' % terpakai' end as title,
        case o.language when 'en'
          then s.name || ' used ' || ${gigabytes(sql`s.used`)} || ' GB of ' || ${gigabytes(sql`s.total`)} || ' GB, until ' || (s.cur_end - 1) || '.'
          else s.name || ' memakai ' || ${gigabytes(sql`s.used`)} || ' GB dari ' || ${gigabytes(sql`s.total`)} || ' GB, sampai ' || (s.cur_end - 1) || '.'
        end as message,
        jsonb_build_object('member_id', s.customer_id, 'percent', percent, 'period_start', s.cur_start, 'used_bytes', s.used, 'quota_bytes', s.total) as meta,
        'quota:' || s.customer_id || ':' || s.cur_start || ':' || percent as once_for,
        null::text as subject, null::text as parent
      from standing s cross join organisation o cross join unnest(s.notify_at) percent
      where s.base is not null and s.used::numeric * 100 >= s.total::numeric * percent)`,
    at,
  );

/** Statement over `due`: tells who uses far more today than on the days before. A member with little history has no pattern yet. */
export const unusualAlerts = (today: string, at: string): SqlPart<unknown> =>
  raiseAlertsStatement(
    sql`(
      select 'quota' as type, 'warning' as severity,
        case o.language when 'en' then 'Unusual usage' else 'Pemakaian tidak biasa' end as title,
        case o.language when 'en'
          then c.name || ' used ' || ${gigabytes(sql`u.today`)} || ' GB today, and ' || ${gigabytes(sql`u.usual`)} || ' GB a day before.'
          else c.name || ' memakai ' || ${gigabytes(sql`u.today`)} || ' GB hari ini, biasanya ' || ${gigabytes(sql`u.usual`)} || ' GB sehari.'
        end as message,
        jsonb_build_object('member_id', c.id, 'day', ${today}::text, 'used_bytes', u.today, 'usual_bytes', u.usual) as meta,
        'usage:' || c.id || ':' || ${today}::text as once_for,
        null::text as subject, null::text as parent
      from due d join customers c on c.id = d.customer_id cross join organisation o cross join lateral (
        select sum(u.bytes_in + u.bytes_out) as today from subscriptions s join usage_days u on u.subscription_id = s.id
        where s.customer_id = c.id and u.day = ${today}::date
      ) t cross join lateral (
        select t.today, round(coalesce(sum(u.bytes_in + u.bytes_out), 0) / ${unusual.days}::integer) as usual, count(distinct u.day) as days
        from subscriptions s join usage_days u on u.subscription_id = s.id
        where s.customer_id = c.id and u.day >= ${today}::date - ${unusual.days}::integer and u.day < ${today}::date
      ) u
      -- The days before are read of those alone who used much.
      where t.today > ${unusual.leastBytes}::bigint and u.days >= ${unusual.leastDays}::integer and u.today > u.usual * ${unusual.times}::integer)`,
    at,
  );

/**
 * Tells of users and addresses with many failed sign-ins within 15 minutes, once in that time each. E-mails without an account
 * are not recorded, so of those only the address is known.
 */
export async function tellFailedSignIns(db: Db, at: string): Promise<void> {
  const since = sql`${at}::timestamptz - make_interval(mins => ${signInLimits.minutes}::integer)`;
  await sql`
    with failed as materialized (
      select subject_id, ip_address from audit_logs where action = 'login.failed' and created_at > ${since} and created_at <= ${at}::timestamptz
    ), many as (
      select 'user:' || f.subject_id as subject, u.email as who, count(*) as times
      from failed f join users u on u.id = f.subject_id group by f.subject_id, u.email having count(*) >= ${signInLimits.ofUser}::integer
      union all
      select 'address:' || ip_address, ip_address, count(*) from failed where ip_address is not null
      group by ip_address having count(*) >= ${signInLimits.ofAddress}::integer
    )
    ${raiseAlertsStatement(
      sql`(
        select 'security' as type, 'critical' as severity,
          case o.language when 'en' then 'Many failed sign-ins' else 'Banyak percobaan masuk gagal' end as title,
          case o.language when 'en' then m.times || ' failed sign-ins within ' || ${signInLimits.minutes}::text || ' minutes: ' || m.who || '.'
            else m.times || ' kali gagal masuk dalam ' || ${signInLimits.minutes}::text || ' menit: ' || m.who || '.' end as message,
          jsonb_build_object('subject', m.subject, 'failures', m.times) as meta, null::text as once_for,
          null::text as subject, null::text as parent
        from many m cross join organisation o
        where not exists (select from alert_logs a where a.type = 'security' and a.created_at > ${since} and a.meta ->> 'subject' = m.subject))`,
      at,
    )}`.execute(db);
}
