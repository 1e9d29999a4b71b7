import type { DatabaseSync } from 'node:sqlite';
import { type Clock, instantText } from '../clock.ts';

/** What notices are about, by which their owner may choose. */
export const noticeTypes = [
  'new_version',
  'update_started',
  'update_completed',
  'update_failed',
  'update_rolled_back',
  'update_missed',
  'backup_trouble',
  'restored',
  'server_message',
  'directive',
  'license',
  'trouble',
] as const;

export type NoticeType = (typeof noticeTypes)[number];

export interface Notice {
  readonly version: string;
  readonly type: NoticeType;
  readonly message: string;
  readonly metadata?: object;
  /** Not told again where the same was told before; `until-read`: unless somebody has read that by now. */
  readonly once?: boolean | 'until-read';
}

/** Puts a notice into `update_notifications`, from where people are told (send-notices.ts). Nothing is sent here, and nothing waits. */
export function notify(db: DatabaseSync, clock: Clock, notice: Notice): void {
  const { version, type, message, metadata, once = false } = notice;
  db.prepare(
    `insert into update_notifications (version, notification_type, message, metadata, created_at)
     select ?1, ?2, ?3, ?4, ?5 where ?6 = 'false' or not exists (
       select 1 from update_notifications where version = ?1 and notification_type = ?2 and message = ?3 and (?6 = 'true' or is_read = 0))`,
  ).run(
    version,
    type,
    message,
    metadata === undefined ? null : JSON.stringify(metadata),
    instantText(clock.now()),
    String(once),
  );
}
