import { sql } from 'kysely';
import type { Db, Tx } from '#kit/db.ts';
import { flapMinutes, type Notice, type Standing, type Told } from './digest.ts';
import type { SettingRow } from './setting-queries.ts';

/** A message says so many at most; who comes back to it finds the rest. */
const mostAtOnce = 5_000;

export interface WaitingSetting extends SettingRow {
  readonly sent_in_hour: number;
}

/** Active settings with notices that wait, and how many messages each got within the hour. */
export async function settingsWithNotices(tx: Tx, at: string): Promise<WaitingSetting[]> {
  const { rows } = await sql<WaitingSetting>`
    select s.*, (select count(*)::integer from notification_messages m where m.setting_id = s.id and m.event = 'digest'
      and m.created_at > ${at}::timestamptz - interval '1 hour') as sent_in_hour
    from notification_settings s where s.is_active
      and exists (select from notification_notices n where n.setting_id = s.id and n.state = 'waiting')
    order by s.id`.execute(tx);
  return rows;
}

/** Oldest first. */
export async function waitingNotices(tx: Tx, settingId: string): Promise<Notice[]> {
  const { rows } = await sql<Notice>`
    select id, event, severity, title, message, meta, subject, parent, created_at from notification_notices
    where setting_id = ${settingId} and state = 'waiting' order by created_at, id limit ${mostAtOnce}`.execute(
    tx,
  );
  return rows;
}

/** How the subjects of notices, and what they stand behind, are, and what the setting was told of them. */
export async function standingOf(
  tx: Tx,
  settingId: string,
  notices: readonly Notice[],
  at: string,
): Promise<Standing> {
  const named = (key: 'subject' | 'parent') => [...new Set(notices.flatMap((notice) => notice[key] ?? []))];
  const subjects = await sql<{ subject: string; event: string; parent: string | null; at: string }>`
    with recursive above as (
      select unnest(${named('parent')}::text[]) as subject
      union
      select a.parent from above p cross join lateral (
        select parent from alert_logs where subject = p.subject order by created_at desc, id desc limit 1) a
      where a.parent is not null
    )
    select s.subject, a.event, a.parent, a.at from above s cross join lateral (
      select type as event, parent, created_at as at from alert_logs where subject = s.subject order by created_at desc, id desc limit 1) a`.execute(
    tx,
  );
  const told = await sql<Told & { subject: string }>`
    select s.subject, n.event, (select count(*)::integer from notification_notices r where r.setting_id = ${settingId} and r.subject = s.subject
      and r.state = 'told' and r.told_at > ${at}::timestamptz - make_interval(mins => ${flapMinutes})) as recently
    from unnest(${named('subject')}::text[]) s(subject) cross join lateral (
      select event from notification_notices where setting_id = ${settingId} and subject = s.subject and state = 'told'
      order by told_at desc, created_at desc, id desc limit 1) n`.execute(tx);
  return {
    subjects: new Map(
      subjects.rows.map((row) => [
        row.subject,
        { ...row, at: Temporal.Instant.from(row.at).epochMilliseconds / 1000 },
      ]),
    ),
    told: new Map(told.rows.map((row) => [row.subject, row])),
  };
}

export async function leaveOutNotices(tx: Tx, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await sql`
    update notification_notices set state = 'left_out' where id = any(${notices.map(({ id }) => id)}::uuid[])`.execute(
    tx,
  );
}

export interface DigestMessage {
  readonly id: string;
  readonly setting: SettingRow;
  readonly language: string;
  readonly lane: string;
  readonly urgent: boolean;
  readonly subject: string;
  readonly body: string;
  readonly vars: object;
}

/** Queues one message that tells of these notices. */
export async function queueDigest(
  tx: Tx,
  { id, setting, language, lane, urgent, subject, body, vars }: DigestMessage,
  notices: readonly Notice[],
  at: string,
): Promise<void> {
  await sql`
    with told as (
      update notification_notices set state = 'told', told_at = ${at}::timestamptz, message_id = ${id}
      where id = any(${notices.map((notice) => notice.id)}::uuid[])
    )
    insert into notification_messages (id, event, urgent, setting_id, channel, lane, language, vars, subject, body, next_at, created_at, updated_at)
    values (${id}, 'digest', ${urgent}, ${setting.id}, ${setting.channel}, ${lane}, ${language}, ${JSON.stringify(vars)}::jsonb, ${subject}, ${body},
      ${at}, ${at}, ${at})`.execute(tx);
}

/** The alerts that these messages told of. */
export async function alertsToldBy(db: Db, messageIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct alert_id as id from notification_notices
    where message_id = any(${[...messageIds]}::uuid[]) and alert_id is not null`.execute(db);
  return rows.map(({ id }) => id);
}
