import { createHash } from 'node:crypto';
import { type Components, sameMachine } from '#license-token';

/** As far as it matters where a license may run. */
export interface Place {
  readonly id: string;
  readonly state: string;
  readonly install_id: string | null;
  readonly components: Components | null;
  readonly salted_with: string | null;
  readonly last_heartbeat_at: string | null;
  readonly paired_at: string | null;
  readonly ended_at: string | null;
}

/** The machine that asks. */
export interface Machine {
  readonly installId: string;
  readonly components: Components;
  /** The hash of the key it asks with, by which its parts are salted. */
  readonly keyHash: string;
}

export type Pairing<P extends Place> =
  /** It is this one's machine. */
  | { readonly kind: 'again'; readonly place: P }
  | { readonly kind: 'new' }
  /** It takes the place of one that was unpaired, which is a move. */
  | { readonly kind: 'instead'; readonly place: P }
  /** What it says it is runs on another machine. */
  | { readonly kind: 'mismatch'; readonly place: P }
  | { readonly kind: 'full'; readonly paired: readonly P[] };

/**
 * Where a machine that asks to be paired belongs, among the installations of its license that are paired or unpaired. One that was
 * unpaired keeps its place until another machine takes it, so that unpairing is no way around the moves.
 */
export function placeOf<P extends Place>(
  places: readonly P[],
  machine: Machine,
  maxNodes: number,
): Pairing<P> {
  const paired = places.filter(({ state }) => state === 'paired');
  const left = places.filter(({ state }) => state === 'unpaired');
  const named = paired.find((place) => place.install_id === machine.installId);
  if (named !== undefined)
    return isMachineOf(named, machine) ? { kind: 'again', place: named } : { kind: 'mismatch', place: named };
  const same = paired.find((place) => isMachineOf(place, machine));
  if (same !== undefined) return { kind: 'again', place: same };
  if (paired.length >= maxNodes) return { kind: 'full', paired };
  const before = left.find((place) => isMachineOf(place, machine));
  if (before !== undefined) return { kind: 'again', place: before };
  if (paired.length + left.length < maxNodes) return { kind: 'new' };
  const [longest] = left.toSorted((one, other) => compare(one.ended_at, other.ended_at));
  return longest === undefined ? { kind: 'full', paired } : { kind: 'instead', place: longest };
}

/** Which of the installations makes room for a machine that is moved to: the one not heard of for longest. */
export function leastHeardOf<P extends Place>(paired: readonly P[]): P | undefined {
  const heard = (place: P) => place.last_heartbeat_at ?? place.paired_at;
  return paired.toSorted((one, other) => compare(heard(one), heard(other)))[0];
}

/** With another key the parts have another salt and cannot be compared: then its own name for itself counts. */
function isMachineOf(place: Place, { installId, components, keyHash }: Machine): boolean {
  if (place.salted_with !== keyHash) return place.install_id === installId;
  return place.components !== null && sameMachine(place.components, components);
}

const compare = (one: string | null, other: string | null) => ((one ?? '') < (other ?? '') ? -1 : 1);

/** The parts of a machine as they are known from now on: what it no longer tells stays as it was. */
export function followed(known: Components, told: Components): Components {
  return {
    machine_id: told.machine_id ?? known.machine_id,
    mac: told.mac ?? known.mac,
    disk: told.disk ?? known.disk,
    cpu: told.cpu ?? known.cpu,
    hostname: told.hostname ?? known.hostname,
  };
}

/** The serials of an installation. */
export interface Serials {
  /** Of the newest token. */
  readonly token_serial: string;
  /** Of the newest that was shown. */
  readonly shown_serial: string;
  /** The installation's count of its heartbeats. */
  readonly counter: string;
}

/**
 * Whether a token is shown by the one installation it was given to. That one shows the newest, or, where the answer with the newest
 * was lost, the one it showed last. Whoever shows another is a copy, or was restored from a backup; so is one that counts fewer heartbeats than it
 * did. A serial above all of ours is from before our own books were restored, and is believed.
 */
export function isOnly(
  { token_serial: newest, shown_serial: shown, counter }: Serials,
  serial: number,
  counted?: number,
): boolean {
  if (counted !== undefined && counted < Number(counter)) return false;
  return serial >= Number(newest) || serial === Number(shown);
}

export interface Move {
  readonly kind: string;
  readonly moved_at: string;
}

export interface MovesLeft {
  readonly used: number;
  readonly freeLeft: number;
  readonly grantedLeft: number;
  readonly nextFreeAt: string | null;
}

/** How many moves are left: so many free ones in any year, and those the vendor granted. */
export function movesLeft(
  moves: readonly Move[],
  { free, granted, now }: { readonly free: number; readonly granted: number; readonly now: Temporal.Instant },
): MovesLeft {
  const yearLater = (at: string) =>
    Temporal.Instant.from(at).toZonedDateTimeISO('UTC').add({ years: 1 }).toInstant();
  const back = moves
    .filter(({ kind }) => kind === 'free')
    .map(({ moved_at: at }) => yearLater(at))
    .filter((at) => Temporal.Instant.compare(at, now) > 0)
    .sort(Temporal.Instant.compare);
  const freeLeft = Math.max(0, free - back.length);
  const next = freeLeft > 0 || free === 0 ? undefined : back[back.length - free];
  return {
    used: back.length,
    freeLeft,
    grantedLeft: Math.max(0, granted - moves.filter(({ kind }) => kind === 'granted').length),
    nextFreeAt: next?.toString({ fractionalSecondDigits: 3 }) ?? null,
  };
}

export interface Usage {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly over: boolean;
}

/** How much of each limit is used: `max_rooms` limits `rooms`. What is not told of, or is no number of things, is left out. */
export function usageOf(
  limits: Readonly<Record<string, number>>,
  usage: Readonly<Record<string, number>>,
): Usage[] {
  return Object.entries(limits).flatMap(([key, limit]) => {
    const name = key.replace(/^max_/, '');
    const used = Object.hasOwn(usage, name) ? usage[name] : undefined;
    return name === key || used === undefined ? [] : [{ name, used, limit, over: used > limit }];
  });
}

const heartbeatHour = 3;
const spreadSeconds = 2 * 3600;
const leastSeconds = 3600;

/**
 * When an installation is to tell of itself next: at 03:00 where the vendor is, and a share of two hours that is always the same for it,
 * so that not all come at once. Never within an hour.
 */
export function nextHeartbeat(
  installationId: string,
  now: Temporal.Instant,
  timeZone: string,
): Temporal.Instant {
  const share = createHash('sha256').update(installationId).digest().readUInt32BE() / 2 ** 32;
  const today = now.toZonedDateTimeISO(timeZone);
  const onDay = (days: number) =>
    today
      .toPlainDate()
      .add({ days })
      .toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from({ hour: heartbeatHour }) })
      .add({ seconds: Math.floor(share * spreadSeconds) })
      .toInstant();
  const first = onDay(0);
  return Temporal.Instant.compare(first, now.add({ seconds: leastSeconds })) >= 0 ? first : onDay(1);
}

/** Whether a version is older than the least one, by their numbers; what has none is older than any. */
export function isOlder(version: string, least: string): boolean {
  const [one, other] = [numbersOf(version), numbersOf(least)];
  for (let at = 0; at < Math.max(one.length, other.length, 1); at += 1) {
    const difference = (one[at] ?? (one.length === 0 ? -1 : 0)) - (other[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

const numbersOf = (version: string): number[] =>
  (/^v?(\d{1,9}(?:\.\d{1,9}){0,9})/i.exec(version.trim())?.[1] ?? '')
    .split('.')
    .filter((part) => part !== '')
    .map(Number);
