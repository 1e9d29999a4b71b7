import { isIP } from 'node:net';
import type { Command, Row } from '#routeros';
import { isMark, markOf, ownerOf } from '../routers/index.ts';
import type { Actual } from './actual.ts';
import { missing } from './compare.ts';
import { type Entry, entryOf, isUnsafe, listMenu, menus, type Profile, type Values } from './entries.ts';
import { type Fault, type Kind, kinds, type Settings, type Wanted } from './wanted.ts';

/** What a command takes from a customer who has access; see architecture, invariant 7. */
export type Danger = 'remove' | 'disable' | 'isolate';

export interface Step {
  readonly subscriptionId: string;
  readonly command: Command;
}

/** What one intent needs. Nothing, if the router holds what it should. */
export interface IntentPlan {
  readonly wanted: Wanted;
  readonly entry: Entry | undefined;
  readonly steps: readonly Step[];
  readonly danger: Danger | undefined;
  readonly fault: Fault | undefined;
  /** A session that runs now is of what was before. */
  readonly endsSession: boolean;
}

/** Changes of an entry that its running session does not notice. */
const sessionProperties = ['name', 'service', 'profile', 'local-address', 'remote-address', 'address'];

/** Whoever must not be on the network, although something is left of him on the router. */
export const hasNoAccess = ({ state }: Wanted) => state === 'off' || state === 'isolated';

/** Compares one intent with what was read. `reading` is true for reading back, when nothing will be written. */
export function planIntent(wanted: Wanted, actual: Actual, settings: Settings, reading: boolean): IntentPlan {
  const plan = planWhole(wanted, actual, settings, reading);
  return plan.fault !== undefined && hasNoAccess(wanted)
    ? { ...plan, ...cutOff(wanted, actual, settings) }
    : plan;
}

/** What stands in the way of the right entry leaves nobody his access: what he has of Nadi's is switched off as it is. */
function cutOff(wanted: Wanted, actual: Actual, settings: Settings): Partial<IntentPlan> {
  const id = wanted.subscription_id;
  const enabled = (['pppoe', 'hotspot'] as const).flatMap((kind) =>
    actual.entries[kind].of(id).flatMap((row) => (isDisabled(row) ? [] : [{ kind, row }])),
  );
  const targets = actual.entries.static.of(id).map(({ target = '' }) => target.replace(/\/(32|128)$/, ''));
  const listed = listPart(
    id,
    targets.find((target) => isIP(target) !== 0 && !isUnsafe(target)),
    actual,
    settings,
  );
  const commands = [
    ...enabled.flatMap(({ kind, row }) => changing(menus[kind], row, { disabled: 'yes' })),
    ...listed.commands,
  ];
  return {
    entry: undefined,
    steps: commands.map((command) => ({ subscriptionId: id, command })),
    danger: enabled.length > 0 ? 'disable' : listed.danger,
    endsSession: enabled.length > 0,
  };
}

function planWhole(wanted: Wanted, actual: Actual, settings: Settings, reading: boolean): IntentPlan {
  const made =
    wanted.state === 'absent' || wanted.state === 'blocked'
      ? undefined
      : withoutProfile(wanted, entryOf(wanted, settings), actual, reading);
  const id = wanted.subscription_id;
  if (made !== undefined && 'code' in made) {
    return { wanted, entry: undefined, steps: [], danger: undefined, fault: made, endsSession: false };
  }
  const parts = [
    ...kinds.map((kind) => entryPart(kind, wanted, made, actual, settings, reading)),
    listPart(id, wanted.state === 'blocked' ? blockedOf(wanted) : made?.listed, actual, settings),
  ];
  const dangers = parts.flatMap(({ danger }) => danger ?? []);
  const isolates = wanted.state === 'isolated' && dangers.length > 0;
  return {
    wanted,
    entry: made,
    steps: parts.flatMap(({ commands }) => commands.map((command) => ({ subscriptionId: id, command }))),
    danger: isolates ? 'isolate' : dangers[0],
    fault: profileFault(made?.profile, actual) ?? parts.find(({ fault }) => fault !== undefined)?.fault,
    endsSession: parts.some(({ endsSession }) => endsSession),
  };
}

/** Whole networks are nobody's: they are never blocked. */
function blockedOf({ remote_address: address }: Wanted): string | undefined {
  return address === null || isUnsafe(address) ? undefined : address;
}

/**
 * Who has no access needs no profile: he is disabled even where it is not there any more. What is read back says nothing of it: it
 * may be there by then, made for others.
 */
function withoutProfile(
  wanted: Wanted,
  made: Entry | Fault,
  actual: Actual,
  reading: boolean,
): Entry | Fault {
  if ('code' in made || wanted.state !== 'off') return made;
  if (!reading && profileFault(made.profile, actual) === undefined) return made;
  const { profile: _, ...values } = made.values;
  return { ...made, values, profile: undefined };
}

interface Part {
  readonly commands: readonly Command[];
  readonly danger?: Danger | undefined;
  readonly fault?: Fault;
  readonly endsSession?: boolean;
}

const nothing: Part = { commands: [] };

function entryPart(
  kind: Kind,
  wanted: Wanted,
  entry: Entry | undefined,
  actual: Actual,
  { served }: Settings,
  reading: boolean,
): Part {
  const path = menus[kind];
  const entries = actual.entries[kind];
  const mine = entries.of(wanted.subscription_id);
  if (entry?.kind !== kind) {
    const isEnabled = mine.some((row) => !isDisabled(row));
    return {
      commands: mine.map((row) => removal(path, row)),
      danger: entry === undefined && isEnabled ? 'remove' : undefined,
      endsSession: mine.length > 0,
    };
  }
  const named = entries.named(entry.name);
  const kept = mine.find((row) => row.name === entry.name) ?? mine[0] ?? adopted(named, wanted);
  const doubles = mine.filter((row) => row !== kept).map((row) => removal(path, row));
  if (named !== undefined && named !== kept && !mine.includes(named)) {
    // Two who swap their names would wait for each other for ever: one that is on, and whose name is held by another that is served
    // too, goes aside, and has its name at the next attempt. Who has no access is cut off meanwhile.
    const aside = `${entry.name}-${wanted.subscription_id.slice(-12)}`;
    const isSwap =
      wanted.state === 'on' &&
      kept !== undefined &&
      kept.name !== aside &&
      served.has(ownerOf(named.comment) ?? '');
    if (!isSwap || reading) return { commands: [], fault: { code: 'name_taken' } };
    return { commands: changing(path, kept, { name: aside }), endsSession: true };
  }
  if (kept === undefined) return { commands: [{ path: `${path}/add`, attributes: given(entry.values) }] };
  const changes = missing(valuesFor(kept, entry, mine), kept, !reading && !wanted.verified);
  const names = Object.keys(changes);
  if (names.length === 0 && doubles.length === 0) return nothing;
  return {
    commands: [...doubles, ...changing(path, kept, changes)],
    danger: dangerOf(wanted, changes, kept),
    endsSession: names.some((name) => sessionProperties.includes(name)) || changes.disabled === 'yes',
  };
}

/** What somebody noted on an entry that is taken over stays behind the mark. */
function valuesFor(kept: Row, { values }: Entry, mine: readonly Row[]): Values {
  if (mine.includes(kept) || !kept.comment) return values;
  return { ...values, comment: `${values.comment} ${kept.comment}` };
}

function adopted(named: Row | undefined, { adopt }: Wanted): Row | undefined {
  return adopt && named !== undefined && !isMark(named.comment) ? named : undefined;
}

function dangerOf({ state }: Wanted, changes: Values, kept: Row): Danger | undefined {
  if (isDisabled(kept)) return undefined;
  if (changes.disabled === 'yes' || (state === 'off' && changes['max-limit'] !== undefined)) return 'disable';
  return state === 'isolated' && changes.profile !== undefined ? 'isolate' : undefined;
}

/** The address of a static customer without access stands in the list that the firewall keeps from the network. */
function listPart(
  id: string,
  address: string | undefined,
  { listed, entries }: Actual,
  settings: Settings,
): Part {
  const mine = listed.of(id);
  const values = { list: settings.isolirList, address: address ?? '', comment: markOf(id), disabled: 'no' };
  const kept =
    address === undefined
      ? undefined
      : mine.find((row) => Object.keys(missing(values, row, false)).length === 0);
  const removed = mine.filter((row) => row !== kept).map((row) => removal(listMenu, row));
  if (address === undefined || kept !== undefined) return { commands: removed };
  return {
    commands: [...removed, { path: `${listMenu}/add`, attributes: values }],
    danger: entries.static.of(id).length > 0 ? 'disable' : undefined,
  };
}

/** A profile that a subscription names must be there; Nadi's own are made before. */
function profileFault(profile: Profile | undefined, { profiles }: Actual): Fault | undefined {
  if (profile === undefined || profile.values !== undefined) return undefined;
  return profiles[profile.kind].has(profile.name)
    ? undefined
    : { code: 'profile_missing', detail: profile.name };
}

const isDisabled = (row: Row) => row.disabled === 'true' || row.disabled === 'yes';

function removal(path: string, row: Row): Command {
  return { path: `${path}/remove`, attributes: { '.id': row['.id'] } };
}

/** Without what is not to be there. */
const given = (values: Values) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));

/** What is to be there is set; what is not is unset, as an empty value is none. */
export function changing(path: string, row: Row, changes: Values): readonly Command[] {
  const id = row['.id'];
  const written = given(changes);
  const unset = Object.keys(changes).filter((name) => changes[name] === '');
  return [
    ...(Object.keys(written).length === 0
      ? []
      : [{ path: `${path}/set`, attributes: { ...written, '.id': id } }]),
    ...unset.map((name) => ({ path: `${path}/unset`, attributes: { numbers: id, 'value-name': name } })),
  ];
}
