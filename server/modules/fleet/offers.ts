import type { Stage } from './rollout-rules.ts';
import { isWithin, restHours } from './rules.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

// Which release an installation is offered, without a database or a clock.

/** A published release, as the module releases tells of it. */
export interface Offerable {
  readonly version: string;
  readonly channel: string;
  readonly min_version: string | null;
  readonly is_floor: boolean;
  readonly force: boolean;
  readonly changelog: string;
  readonly has_migrations: boolean;
  readonly published_at: string;
}

/** The newest rollout of a release. */
export interface RolloutOf {
  readonly id: string;
  readonly version: string;
  readonly state: string;
  readonly stages: readonly Stage[];
  /** Whether the version before may run on what the release left. */
  readonly compatible: boolean;
}

export interface Membership {
  readonly rollout_id: string;
  readonly state: string;
  readonly stage: number;
  readonly from_version: string | null;
}

/** What is known of who asks. */
export interface Asking {
  readonly version: Version;
  readonly channel: string;
  readonly windowFrom: string | null;
  readonly windowUntil: string | null;
  readonly failures: number;
  readonly failedVersions: readonly string[];
  /** In milliseconds. */
  readonly restsUntil: number | undefined;
  readonly memberships: readonly Membership[];
  readonly forceVersion: string | null;
  /** The release that it had before, or was offered again, where that is known. */
  readonly cameFrom: string | null;
  /** Its license has ended: it is given floors and security releases alone. */
  readonly urgentOnly: boolean;
}

export interface Moment {
  /** In milliseconds. */
  readonly now: number;
  /** HH:MM where the vendor is. */
  readonly timeOfDay: string;
}

interface Candidate {
  readonly release: Offerable;
  readonly version: Version;
  readonly least: Version | undefined;
  readonly rollout: RolloutOf | undefined;
}

/** What there is to offer, read once for many who ask; the newest first. */
export interface Shelf {
  readonly candidates: readonly Candidate[];
  readonly rollouts: readonly RolloutOf[];
}

export function shelfOf(releases: readonly Offerable[], rollouts: readonly RolloutOf[]): Shelf {
  const candidates = releases.flatMap((release): Candidate[] => {
    const version = parseVersion(release.version);
    if (version === undefined) return [];
    const least = release.min_version === null ? undefined : parseVersion(release.min_version);
    return [{ release, version, least, rollout: rollouts.find((each) => each.version === release.version) }];
  });
  return {
    candidates: candidates.sort((one, other) => compareVersions(other.version, one.version)),
    rollouts,
  };
}

export interface Offer {
  readonly release: Offerable;
  readonly force: boolean;
  /** The rollout by which it is reached; that which it leads back from, where it is a rollback. */
  readonly rolloutId: string | undefined;
  readonly isRollback: boolean;
}

/**
 * The newest release that the installation may take from where it is (decisions.md, OTA wire), or the way back from one whose rollout
 * was halted or undone. What failed there is not offered again, and after a failure it rests; floors and releases that force
 * themselves pass both after an hour, and windows at once.
 */
export function chooseOffer(
  asking: Asking,
  { candidates, rollouts }: Shelf,
  moment: Moment,
): Offer | undefined {
  const open = candidates.filter((candidate) => mayTake(asking, candidate, moment));
  const [best] = open;
  if (best === undefined) return wayBack(asking, candidates, rollouts);
  const wanted = asking.forceVersion === null ? undefined : parseVersion(asking.forceVersion);
  const isWanted =
    wanted !== undefined &&
    compareVersions(asking.version, wanted) < 0 &&
    compareVersions(wanted, best.version) <= 0;
  return {
    release: best.release,
    force: isWanted || open.some((candidate) => isUrgent(candidate)),
    rolloutId: best.rollout?.id,
    isRollback: false,
  };
}

/** Whether what was offered before may still be fetched. */
export function mayStillTake(asking: Asking, shelf: Shelf, moment: Moment, version: string): boolean {
  const candidate = shelf.candidates.find(({ release }) => release.version === version);
  if (candidate !== undefined && mayTake(asking, candidate, moment)) return true;
  return wayBack(asking, shelf.candidates, shelf.rollouts)?.release.version === version;
}

/**
 * Whether a release is shown to an installation that chooses for itself, and does not say where it is (GitHub's wire). Beyond what it was
 * last heard to run that is what it might be offered, of every channel; up to there, what was ever meant for it. Who never said anything is
 * shown what is for everybody.
 */
export function isShown(asking: Asking | undefined, shelf: Shelf, moment: Moment, version: string): boolean {
  const candidate = shelf.candidates.find(({ release }) => release.version === version);
  if (candidate === undefined) return false;
  const { rollout } = candidate;
  if (asking === undefined) return isForAll(rollout);
  const distance = compareVersions(candidate.version, asking.version);
  if (distance > 0) return isNotBelow(asking, candidate) && isOpen(asking, candidate, moment);
  const took = asking.memberships.find((each) => each.rollout_id === rollout?.id)?.state;
  return distance === 0 || isForAll(rollout) || took === 'updated' || took === 'healthy';
}

const channels = ['stable', 'beta', 'alpha'];

const isUrgent = ({ release }: Candidate) => release.force || release.is_floor;

function mayTake(asking: Asking, candidate: Candidate, moment: Moment): boolean {
  const { release, version } = candidate;
  if (compareVersions(version, asking.version) <= 0 || !isNotBelow(asking, candidate)) return false;
  const isForced = asking.forceVersion === release.version;
  if (!isForced && channels.indexOf(release.channel) > channels.indexOf(asking.channel)) return false;
  return isOpen(asking, candidate, moment);
}

const isNotBelow = ({ version }: Asking, { least }: Candidate) =>
  least === undefined || compareVersions(version, least) >= 0;

/** Whether nothing keeps a release from it now: its license, its failures, its hours, and how far the rollout has come. */
function isOpen(asking: Asking, candidate: Candidate, moment: Moment): boolean {
  const { release, rollout } = candidate;
  const isForced = asking.forceVersion === release.version;
  const urgent = isForced || isUrgent(candidate);
  if (asking.urgentOnly && !urgent) return false;
  if (!urgent && asking.failedVersions.includes(release.version)) return false;
  if (!urgent && !isWithin(moment.timeOfDay, asking.windowFrom, asking.windowUntil)) return false;
  if (rests(asking, moment, urgent)) return false;
  return isForced || reaches(asking, rollout, moment, urgent);
}

function rests({ restsUntil, failures }: Asking, { now }: Moment, urgent: boolean): boolean {
  if (restsUntil === undefined) return false;
  const hours = restHours(failures);
  // A rest that is longer than any was set by a clock that was wrong.
  if (restsUntil - now > hours * 3_600_000) return false;
  const until = urgent ? restsUntil - (hours - Math.min(hours, 1)) * 3_600_000 : restsUntil;
  return now < until;
}

const isForAll = (rollout: RolloutOf | undefined): boolean =>
  rollout === undefined || rollout.state === 'done';

/** Whether the release is for everybody, or its rollout has come to this installation. */
function reaches(
  { memberships }: Asking,
  rollout: RolloutOf | undefined,
  moment: Moment,
  urgent: boolean,
): boolean {
  if (rollout === undefined || isForAll(rollout)) return true;
  if (rollout.state !== 'running' && rollout.state !== 'waiting') return false;
  const member = memberships.find((each) => each.rollout_id === rollout.id);
  if (member === undefined || (member.state !== 'offered' && member.state !== 'told')) return false;
  const stage = rollout.stages[member.stage];
  return urgent || stage === undefined || isWithin(moment.timeOfDay, stage.window_from, stage.window_until);
}

/** The release before, for who runs one whose rollout was halted or undone and which the one before can follow. */
function wayBack(
  { version, memberships, cameFrom }: Asking,
  candidates: readonly Candidate[],
  rollouts: readonly RolloutOf[],
): Offer | undefined {
  const left = rollouts.find(
    (each) => each.version === version.text && (each.state === 'halted' || each.state === 'undone'),
  );
  if (left === undefined || !left.compatible) return undefined;
  const member = memberships.find((each) => each.rollout_id === left.id);
  // Who took it without being a member, once it was for everybody or because the office forced it, goes back to where it came from.
  const from = member === undefined ? cameFrom : member.from_version;
  const before = candidates.find(({ release }) => release.version === from);
  if (member?.state === 'rolled_back' || before === undefined) return undefined;
  if (compareVersions(before.version, version) >= 0) return undefined;
  return { release: before.release, force: false, rolloutId: left.id, isRollback: true };
}
