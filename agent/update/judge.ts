import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import type { Offer } from '../sources/source.ts';
import { direction } from './check.ts';
import { blamed } from './history.ts';

const firstRestMs = 60 * 60 * 1000;
const longestRestMs = 7 * 24 * 60 * 60 * 1000;

export interface Judging {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly config: Config;
  /** A person insists on it. */
  readonly isForced: boolean;
}

/**
 * Refuses an offer that is not to be taken: older than what is installed, skipped by the owner, without a checksum, or one that failed here
 * and rests (an hour, twice as long each time, up to a week) unless a person insists or the vendor sends other bytes by now.
 * @throws {AgentError} downgrade, skipped, no_checksum, failed_before
 */
export function refuseUnwanted(
  offer: Offer,
  current: string,
  { db, clock, config, isForced }: Judging,
): void {
  const { version } = offer;
  if (direction(offer, current) < 0 && !config.allowDowngrade)
    throw new AgentError('downgrade', {
      en: `${version} is older than ${current}, which is installed. To go back, set ALLOW_DOWNGRADE=true; the database stays as it is.`,
      id: `${version} lebih lama dari ${current} yang terpasang. Untuk kembali, isi ALLOW_DOWNGRADE=true; basis datanya tetap seperti adanya.`,
    });
  if (config.skipped.includes(version))
    throw new AgentError('skipped', {
      en: `${version} is skipped here: it stands under "skip" in agent.json.`,
      id: `${version} dilewati di sini: versi ini ada di "skip" dalam agent.json.`,
    });
  if (offer.checksum === undefined && config.verifyChecksum)
    throw new AgentError('no_checksum', {
      en: `${version} comes without a checksum, so nobody could tell whether it is whole. It is refused.`,
      id: `${version} datang tanpa checksum, jadi tidak ada yang tahu apakah isinya utuh. Pembaruan ini ditolak.`,
    });
  if (!isForced) refuseFailed(offer, db, clock);
}

function refuseFailed({ version, checksum }: Offer, db: DatabaseSync, clock: Clock): void {
  const rows = db
    .prepare(
      `select failed_at from system_updates where version = ? and checksum is ? and ${blamed} order by id desc`,
    )
    .all(version, checksum ?? null);
  const [last] = rows;
  if (last === undefined) return;
  const rest = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(20, rows.length - 1));
  const failed = Temporal.Instant.from(String(last.failed_at));
  const until = failed.add({ milliseconds: rest });
  const now = clock.now();
  // What failed in the future did so before the clock was set back, and would rest for nobody knows how long.
  if (Temporal.Instant.compare(now, until) >= 0 || Temporal.Instant.compare(now, failed) < 0) return;
  const when = until.toString({ smallestUnit: 'minute' });
  throw new AgentError('failed_before', {
    en: `${version} failed here ${rows.length} time(s); it is tried again from ${when} on. "update:history" tells why it failed; --force tries it now.`,
    id: `${version} gagal di sini ${rows.length} kali; dicoba lagi mulai ${when}. "update:history" menunjukkan sebabnya; --force mencobanya sekarang.`,
  });
}
