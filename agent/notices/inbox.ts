import type { DatabaseSync } from 'node:sqlite';
import { type Clock, instantText } from '../clock.ts';
import { AgentError } from '../errors.ts';

/** A row of `update_notifications` as commands show it. */
export interface Shown {
  readonly id: number;
  readonly version: string;
  readonly notification_type: string;
  readonly message: string;
  readonly metadata: unknown;
  readonly is_read: boolean;
  readonly created_at: string;
  readonly read_at: string | null;
}

/** What nobody dismissed, the newest first; with `all` also what is read. */
export function inboxOf(db: DatabaseSync, all: boolean, most: number): readonly Shown[] {
  const rows = db
    .prepare(
      `select id, version, notification_type, message, metadata, is_read, created_at, read_at from update_notifications
       where is_dismissed = 0 and (?1 or is_read = 0) order by id desc limit ?2`,
    )
    .all(Number(all), most) as Record<string, unknown>[];
  return rows.map(
    (row) =>
      ({
        ...row,
        is_read: row.is_read === 1,
        metadata: JSON.parse(String(row.metadata ?? 'null')),
      }) as unknown as Shown, // As the statement names them.
  );
}

/** One is read by somebody, or taken off the list; all of them without a number. Returns how many that were. @throws {AgentError} no_notice */
export function mark(
  db: DatabaseSync,
  clock: Clock,
  what: 'read' | 'dismissed',
  id: number | undefined,
): number {
  const { changes } = db
    .prepare(
      `update update_notifications set is_read = 1, read_at = coalesce(read_at, ?1), is_dismissed = is_dismissed or ?2
       where ?3 is null or id = ?3`,
    )
    .run(instantText(clock.now()), Number(what === 'dismissed'), id ?? null);
  if (changes === 0 && id !== undefined)
    throw new AgentError('no_notice', {
      en: `There is no notice ${id}. "notices:list --all" shows those there are.`,
      id: `Tidak ada pemberitahuan ${id}. "notices:list --all" menunjukkan yang ada.`,
    });
  return Number(changes);
}
