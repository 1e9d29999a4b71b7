import type { DatabaseSync } from 'node:sqlite';
import { type Clock, instantText } from '../clock.ts';

export interface Notice {
  readonly version: string;
  readonly type:
    | 'new_version'
    | 'update_started'
    | 'update_completed'
    | 'update_failed'
    | 'update_rolled_back'
    | 'backup_trouble'
    | 'restored'
    | 'server_message'
    | 'directive';
  readonly message: string;
  readonly metadata?: object;
  /** Not told again where the same was told before. */
  readonly once?: boolean;
}

/** Puts a notice into `update_notifications`, which the application shows to its people. */
export function notify(db: DatabaseSync, clock: Clock, notice: Notice): void {
  const { version, type, message, metadata, once = false } = notice;
  if (once) {
    const known = db
      .prepare(
        'select 1 from update_notifications where version = ? and notification_type = ? and message = ?',
      )
      .get(version, type, message);
    if (known !== undefined) return;
  }
  db.prepare(
    `insert into update_notifications (version, notification_type, message, metadata, created_at) values (?, ?, ?, ?, ?)`,
  ).run(
    version,
    type,
    message,
    metadata === undefined ? null : JSON.stringify(metadata),
    instantText(clock.now()),
  );
}
