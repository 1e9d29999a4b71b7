import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { compareVersions, parseVersion } from '#release-metadata';
import { type Clock, instantText } from '../clock.ts';
import type { Config } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import { noteLicense } from '../fleet/license-state.ts';
import { notify } from '../notices/notify.ts';
import type { Answer, Offer, Source } from '../sources/source.ts';
import { currentVersion } from './version-file.ts';

export interface Checking {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly config: Config;
  readonly source: Source;
  readonly signal: AbortSignal;
}

export type Checked = Answer & { readonly current: string; readonly checkedAt: string };

/** Asks the source, notes what it said in `version_checks`, and tells of a version that is new. @throws what the source throws */
export async function checkForUpdates({ db, clock, config, source, signal }: Checking): Promise<Checked> {
  const current = currentVersion(config.installation);
  const checkedAt = instantText(clock.now());
  const note = (latest: string | null, status: 'success' | 'failed', error: string | null, info: unknown) =>
    db
      .prepare(
        `insert into version_checks (current_version, latest_version, update_available, check_status, error_message, release_info, checked_at)
         values (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(current, latest, latest === null ? 0 : 1, status, error, JSON.stringify(info), checkedAt);
  let answer: Answer;
  try {
    answer = await source.check(current, signal);
    if (answer.is === 'offer') {
      refuseNoVersion(answer.offer);
      // A server that offers what runs already would have it installed again and again.
      if (direction(answer.offer, current) === 0) answer = { is: 'none', message: answer.message };
    }
  } catch (error) {
    if (error instanceof AgentError && error.code === 'credentials')
      noteLicense(db, clock, current, 'unknown');
    note(null, 'failed', error instanceof Error ? error.message : String(error), null);
    throw error;
  }
  noteLicense(db, clock, current, answer.is === 'suspended' ? 'paused' : 'valid');
  note(answer.is === 'offer' ? answer.offer.version : null, 'success', null, answer);
  if (answer.is === 'offer')
    notify(db, clock, {
      version: answer.offer.version,
      type: 'new_version',
      message: `Versi ${answer.offer.version} tersedia. / Version ${answer.offer.version} is available.`,
      once: true,
    });
  return { ...answer, current, checkedAt };
}

function refuseNoVersion({ version }: Offer): void {
  if (parseVersion(version) === undefined)
    throw new AgentError('unreadable', {
      en: 'The update server offers a release whose version is none such as 1.4.0. Tell the vendor.',
      id: 'Server pembaruan menawarkan rilis dengan versi yang tidak seperti 1.4.0. Beri tahu vendor.',
    });
}

/** Milliseconds for which an answer is not asked for again (spec 2, Services). */
const cacheMs = 60 * 60 * 1000;

const kept = z.union([
  z.object({ is: z.enum(['none', 'suspended', 'disabled']), message: z.string().optional() }),
  z.object({
    is: z.literal('offer'),
    message: z.string().optional(),
    offer: z.object({
      version: z.string(),
      changelog: z.string(),
      hasMigrations: z.boolean(),
      isCompatible: z.boolean(),
      isForced: z.boolean(),
      downloadUrl: z.string(),
      checksum: z.string().optional(),
      size: z.number().optional(),
      deleted: z.array(z.string()),
      files: z.number().optional(),
      publishedAt: z.string().optional(),
    }),
  }),
]);

/** As {@link checkForUpdates}; what was answered within the hour, to the version that is installed still, is not asked for again. */
export async function checkOrRecall(checking: Checking): Promise<Checked> {
  const known = lastChecked(checking);
  return known !== undefined && isFresh(known.checkedAt, checking.clock, cacheMs)
    ? known
    : checkForUpdates(checking);
}

/** What was answered last, if that was to the version that is installed still. */
export function lastChecked({ db, config }: Pick<Checking, 'db' | 'config'>): Checked | undefined {
  const row = db
    .prepare(
      `select current_version, release_info, checked_at from version_checks where check_status = 'success' order by id desc limit 1`,
    )
    .get() as Record<string, string> | undefined;
  const current = currentVersion(config.installation);
  if (row?.current_version !== current) return undefined;
  const read = kept.safeParse(JSON.parse(row.release_info ?? 'null'));
  // It was written as this shape; undefined and absent are the same here.
  return read.success ? { ...(read.data as Answer), current, checkedAt: row.checked_at ?? '' } : undefined;
}

/** Whether so much time has passed since the last check that the timetable asks for one. */
export function isCheckDue(db: DatabaseSync, clock: Clock, hours: number): boolean {
  const row = db.prepare('select checked_at from version_checks order by id desc limit 1').get();
  return row === undefined || !isFresh(String(row.checked_at), clock, hours * 60 * 60 * 1000);
}

/** What lies in the future was written before the clock was set back, and says nothing. */
function isFresh(at: string | undefined, clock: Clock, ms: number): boolean {
  if (at === undefined) return false;
  const age = clock.now().epochMilliseconds - Temporal.Instant.from(at).epochMilliseconds;
  return age >= 0 && age < ms;
}

/** Negative where the offer is older than what is installed. */
export const direction = (offer: Offer, current: string): number => compareVersions(offer.version, current);
