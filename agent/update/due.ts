import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import { notify } from '../notices/notify.ts';
import type { Offer } from '../sources/source.ts';
import { direction, lastChecked } from './check.ts';
import { type Chosen, chosenUpdate, forgetChosen, isOver } from './chosen.ts';
import { typeOf } from './history.ts';
import { refuseUnwanted } from './judge.ts';
import { type Judgement, mayBegin } from './schedule.ts';
import { currentVersion } from './version-file.ts';

export interface Around {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly config: Config;
}

export interface Due {
  readonly version: string;
  /** For the history. */
  readonly by: string;
}

/**
 * The update that is to be applied now without anybody being there: the one for which this moment was chosen, else one that the schedule
 * lets begin. What was chosen waits for its moment, and is told and forgotten once that is missed.
 */
export function dueUpdate(around: Around): Due | undefined {
  const { db, clock, config } = around;
  const chosen = chosenUpdate(db);
  if (chosen === undefined) return unattended(around);
  if (chosen.version === currentVersion(config.installation)) {
    forgetChosen(db);
    return undefined;
  }
  const waiting = { type: 'patch', askedFor: { notBefore: chosen.at }, seconds: 0 } as const;
  const now = clock.now();
  if (mayBegin(config.schedule, waiting, now).is !== 'now') return undefined;
  if (isOver(chosen, now)) {
    tellMissed(around, chosen, chosen.fault ?? 'The agent did not run then.');
    return undefined;
  }
  return { version: chosen.version, by: chosen.by };
}

/** Tells that a moment went by without what was chosen for it, and forgets that. */
export function tellMissed({ db, clock }: Around, { version, at }: Chosen, why: string): void {
  forgetChosen(db);
  const when = at.toString({ smallestUnit: 'minute' });
  notify(db, clock, {
    version,
    type: 'update_missed',
    message: `Pembaruan ke ${version} yang dijadwalkan ${when} tidak dijalankan. / The update to ${version} that was chosen for ${when} was not applied. ${why}`,
    once: true,
  });
}

function unattended(around: Around): Due | undefined {
  const offer = offered(around);
  if (offer === undefined || judged(around, offer).is !== 'now' || rests(around, offer)) return undefined;
  return { version: offer.version, by: 'unattended' };
}

/** What was offered last and is newer than what is installed. */
export function offered(around: Pick<Around, 'db' | 'config'>): Offer | undefined {
  const checked = lastChecked(around);
  return checked?.is === 'offer' && direction(checked.offer, checked.current) > 0 ? checked.offer : undefined;
}

/** Whether and when the schedule lets it begin by itself. */
export function judged({ config, clock }: Pick<Around, 'clock' | 'config'>, { version }: Offer): Judgement {
  const { installation, schedule } = config;
  const seconds = installation.rollbackSeconds ?? 300;
  const type = typeOf(currentVersion(installation), version);
  return mayBegin(schedule, { type, seconds }, clock.now());
}

/** One that failed here rests as any does; and one that did not come is not asked for in every round. */
function rests({ db, clock, config }: Around, offer: Offer): boolean {
  try {
    refuseUnwanted(offer, currentVersion(config.installation), { db, clock, config, isForced: false });
  } catch (error) {
    if (error instanceof AgentError) return true;
    throw error;
  }
  const row = db
    .prepare(
      'select failed_at from system_updates where version = ? and failed_at is not null order by id desc limit 1',
    )
    .get(offer.version);
  if (row === undefined) return false;
  const ago = clock
    .now()
    .since(Temporal.Instant.from(String(row.failed_at)))
    .total('hours');
  return ago >= 0 && ago < 1;
}
