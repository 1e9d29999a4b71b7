import { instantText } from '#kit/clock.ts';
import { gathered } from '#kit/gathered.ts';
import type { Kit } from '#kit/kit.ts';
import { Remembered } from '#kit/remembered.ts';
import { readOrganisation } from '../organisation/index.ts';
import { noteSaid, rolloutsOffered, type Said, type Seen } from './check-in-queries.ts';
import type { Caller, FleetHooks, SignedDocument } from './hooks.ts';
import { type Asking, type Moment, type Shelf, shelfOf } from './offers.ts';
import { environmentOf } from './rules.ts';
import type { Version } from './version.ts';

/** Written together at most. */
const most = 500;
const timezoneMs = 10_000;

export interface Word {
  readonly caller: Caller;
  readonly version: Version;
  /** Of a heartbeat; a check says nothing of it. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** An installation as it stands, with all that decides what it is told. */
export interface Standing {
  readonly seen: Seen;
  readonly shelf: Shelf;
  readonly moment: Moment;
  readonly documents: readonly SignedDocument[];
}

interface Heard {
  readonly said: Said;
  standing?: Standing | undefined;
}

/** Notes what installations say: many in one statement, answered after its commit. Undefined for one that was removed meanwhile. */
export type CheckIn = (word: Word) => Promise<Standing | undefined>;

export function checkIn(kit: Kit, hooks: FleetHooks): CheckIn {
  const surroundings = surroundingsOf(kit, hooks);
  const note = gathered<Heard>(most, async (heard) => {
    const at = instantText(kit.clock.now());
    const rows = await noteSaid(kit.db, together(heard.map(({ said }) => said)), at);
    const told = rows.filter((row) => row.told).map(({ id }) => id);
    const documents = told.length === 0 ? new Map<string, never>() : await hooks.documentsOf(kit.db, told);
    const around = await surroundings();
    const standings = new Map(
      rows.map((seen) => [seen.id, { seen, ...around, documents: documents.get(seen.id) ?? [] }]),
    );
    for (const each of heard) each.standing = standings.get(each.said.id);
  });
  return async ({ caller, version, info }) => {
    const heard: Heard = {
      said: {
        id: caller.installationId,
        version: version.text,
        info: info ?? null,
        environment: environmentOf(info),
        beat: info !== undefined,
        checked: info === undefined,
      },
    };
    await note(heard);
    return heard.standing;
  };
}

/** What is the same for all who ask at a moment. */
export function surroundingsOf(
  kit: Kit,
  hooks: Pick<FleetHooks, 'offerable'>,
): () => Promise<Pick<Standing, 'shelf' | 'moment'>> {
  const timezones = new Remembered<string>(1, timezoneMs);
  return async () => {
    const instant = kit.clock.now();
    const now = instant.epochMilliseconds;
    const [releases, rollouts] = await Promise.all([hooks.offerable(kit.db), rolloutsOffered(kit.db)]);
    const timezone = timezones.recall('', now) ?? (await readOrganisation(kit.db)).timezone;
    timezones.remember('', timezone, now);
    const timeOfDay = instant.toZonedDateTimeISO(timezone).toPlainTime().toString({ smallestUnit: 'minute' });
    return { shelf: shelfOf(releases, rollouts), moment: { now, timeOfDay } };
  };
}

/** What one installation said at once becomes one: the last version and info, and whatever it did. */
function together(said: readonly Said[]): readonly Said[] {
  const byId = new Map<string, Said>();
  for (const each of said) {
    const before = byId.get(each.id);
    byId.set(
      each.id,
      before === undefined
        ? each
        : {
            ...each,
            info: each.info ?? before.info,
            environment: each.info === null ? before.environment : each.environment,
            beat: each.beat || before.beat,
            checked: each.checked || before.checked,
          },
    );
  }
  return [...byId.values()];
}

/** An installation as it is judged for what to offer. */
export function askingOf(caller: Caller, version: Version, seen: Seen): Asking {
  return {
    version,
    channel: seen.channel,
    windowFrom: seen.window_from,
    windowUntil: seen.window_until,
    failures: seen.failures,
    failedVersions: seen.failed_versions,
    restsUntil:
      seen.rests_until === null ? undefined : Temporal.Instant.from(seen.rests_until).epochMilliseconds,
    memberships: seen.memberships,
    forceVersion: seen.force_version,
    cameFrom: cameFrom(version, seen),
    urgentOnly: caller.status !== 'active',
  };
}

/** What was offered to it leads to where it is, or back from there. */
function cameFrom({ text }: Version, { offered_version: to, offered_from: from }: Seen): string | null {
  if (to === text) return from;
  return from === text ? to : null;
}
