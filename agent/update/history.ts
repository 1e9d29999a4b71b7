import type { DatabaseSync } from 'node:sqlite';
import { parseVersion } from '#release-metadata';
import { type Clock, instantText } from '../clock.ts';
import type { Offer } from '../sources/source.ts';
import { inTransaction } from '../state/open-state.ts';

/** A row of `system_updates`. */
export type UpdateRow = Readonly<Record<string, string | number | null>> & {
  readonly id: number;
  readonly version: string;
  readonly previous_version: string;
  readonly status: string;
  readonly error_message: string | null;
};

/** The newest first. */
export function updatesOf(db: DatabaseSync, most: number): readonly UpdateRow[] {
  return db.prepare('select * from system_updates order by id desc limit ?').all(most) as UpdateRow[];
}

export function updateOf(db: DatabaseSync, id: number): UpdateRow | undefined {
  return db.prepare('select * from system_updates where id = ?').get(id) as UpdateRow | undefined;
}

export interface Beginning {
  readonly offer: Offer;
  readonly previous: string;
  readonly by: string;
  readonly isAutomatic: boolean;
}

/** Adds the row of an update that is about to be downloaded; gives its id. */
export function beginUpdate(db: DatabaseSync, clock: Clock, beginning: Beginning): number {
  const { offer, previous, by, isAutomatic } = beginning;
  const { lastInsertRowid } = db
    .prepare(
      `insert into system_updates (version, previous_version, update_type, status, changelog, download_url, checksum, download_size,
         initiated_by, auto_update, started_at, created_at, updated_at)
       values (?1, ?2, ?3, 'downloading', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10)`,
    )
    .run(
      offer.version,
      previous,
      typeOf(previous, offer.version),
      offer.changelog,
      withoutQuery(offer.downloadUrl),
      offer.checksum ?? null,
      offer.size ?? null,
      by,
      isAutomatic ? 1 : 0,
      instantText(clock.now()),
    );
  return Number(lastInsertRowid);
}

/** Which part of the version is another (spec 2, `update_type`). */
export function typeOf(previous: string, version: string): 'major' | 'minor' | 'patch' {
  const [from, to] = [parseVersion(previous), parseVersion(version)];
  if (from?.major !== to?.major) return 'major';
  return from?.minor === to?.minor ? 'patch' : 'minor';
}

/** Addresses may hold a token. */
const withoutQuery = (url: string) => url.replace(/[?#].*$/s, '');

export function noteDownloaded(db: DatabaseSync, clock: Clock, id: number): void {
  db.prepare(
    `update system_updates set status = 'installing', progress_percentage = 10, updated_at = ?2 where id = ?1`,
  ).run(id, instantText(clock.now()));
}

/** It never began to change anything; `isRefused` where what came is not to be used, and not where it did not come. */
export function noteFailed(
  db: DatabaseSync,
  clock: Clock,
  id: number,
  reason: string,
  isRefused = false,
): void {
  const at = instantText(clock.now());
  const steps = isRefused ? [{ name: 'package', state: 'refused', ended_at: at }] : [];
  db.prepare(
    `update system_updates set status = 'failed', failed_at = ?2, updated_at = ?2, error_message = ?3, update_steps = ?4 where id = ?1`,
  ).run(id, at, reason, JSON.stringify(steps));
}

/** Of a row: the release is to blame, and not the network or a lack of space. */
export const blamed = `(status = 'rolled_back' or (status = 'failed' and update_steps ->> '$[0].state' = 'refused'))`;

/** What a killed agent left as if it still ran; the lock is held, and the journal is closed. */
export function settleAbandoned(db: DatabaseSync, clock: Clock): void {
  inTransaction(db, () => {
    const rows = db
      .prepare(`select id from system_updates where status in ('pending', 'downloading', 'installing')`)
      .all();
    for (const { id } of rows)
      noteFailed(db, clock, Number(id), 'The agent was stopped before anything was changed.');
  });
}
