import { type Commander, equals, print, printStream, type Row } from '#routeros';
import { markOf, ownerOf, readWhere } from '../routers/index.ts';
import { type Actual, Entries } from './actual.ts';
import { listMenu, menus, type ProfileKind, profileMenus } from './entries.ts';
import { profileFields } from './plan-profiles.ts';
import { type Kind, kinds, type Wanted } from './wanted.ts';

const common = ['.id', 'name', 'comment', 'disabled'];
const fields: Readonly<Record<Kind, readonly string[]>> = {
  pppoe: [...common, 'password', 'service', 'profile', 'local-address', 'remote-address'],
  hotspot: [...common, 'password', 'profile', 'address'],
  static: [
    ...common,
    'target',
    'max-limit',
    'burst-limit',
    'burst-threshold',
    'burst-time',
    'priority',
    'dynamic',
  ],
};
const listFields = ['.id', 'list', 'address', 'comment', 'disabled', 'dynamic'];

/** Beyond so many a whole menu costs less than asking for each: the router looks through all of it for every question. */
const fewest = 200;

/** So many rows of a menu, and the lease is renewed: a slow router with many users takes longer than it lasts. */
const renewEvery = 1000;
type Renew = () => Promise<void>;

/** Whether a whole menu is read for so many intents. */
export const readsAll = (intents: readonly Wanted[]) => intents.length > fewest;

/**
 * Reads what concerns the intents, or with `whole` all of it: each menu at most once, all at one time, without what has nothing
 * to do with any of them. @throws {RouterosError}
 */
export async function readRouter(
  on: Commander,
  intents: readonly Wanted[],
  whole: boolean,
  renew: Renew = async () => {},
): Promise<Actual> {
  const concerned = kinds.filter((kind) => whole || intents.some((intent) => concerns(intent, kind)));
  const profileKinds = (['pppoe', 'hotspot'] as const).filter((kind) => concerned.includes(kind));
  const [entries, profiles, listed] = await Promise.all([
    Promise.all(
      concerned.map(async (kind) => [kind, await readKind(on, kind, intents, whole, renew)] as const),
    ),
    Promise.all(profileKinds.map(async (kind) => [kind, await readProfiles(on, kind)] as const)),
    concerned.includes('static') ? readListed(on, intents, whole, renew) : [],
  ]);
  const read = new Map(entries);
  const profilesOf = new Map(profiles);
  const ofKind = (kind: Kind) => new Entries(read.get(kind) ?? []);
  const profilesFor = (kind: ProfileKind) => profilesOf.get(kind) ?? new Map<string, Row>();
  return {
    entries: { pppoe: ofKind('pppoe'), hotspot: ofKind('hotspot'), static: ofKind('static') },
    listed: new Entries(listed),
    profiles: { pppoe: profilesFor('pppoe'), hotspot: profilesFor('hotspot') },
  };
}

/** What an intent that was never written holds may be anything that was written before its row was. */
function concerns({ package_type: type, applied_kind: applied, state }: Wanted, kind: Kind): boolean {
  const wantedKind = type === 'hotspot' || type === 'static' ? type : 'pppoe';
  if (applied === kind || (state !== 'absent' && state !== 'blocked' && wantedKind === kind)) return true;
  return state === 'blocked' ? kind === 'static' : applied === null && state === 'absent';
}

async function readKind(
  on: Commander,
  kind: Kind,
  intents: readonly Wanted[],
  whole: boolean,
  renew: Renew,
): Promise<readonly Row[]> {
  const menu = menus[kind];
  const among = whole || readsAll(intents) ? undefined : intents.filter((one) => concerns(one, kind));
  if (among !== undefined) return ownRows(await readWhere(on, menu, fields[kind], questions(among)));
  const names = new Set(intents.flatMap(({ username, applied_name: applied }) => [username, applied]));
  return readConcerned(
    on,
    menu,
    fields[kind],
    renew,
    ({ comment, name = null }) => ownerOf(comment) !== undefined || names.has(name),
  );
}

const ownRows = (rows: readonly Row[]) => rows.filter(({ dynamic }) => dynamic !== 'true');

/** A whole menu, of which only what concerns Nadi is held: a router may have a million entries of others. */
async function readConcerned(
  on: Commander,
  menu: string,
  fields: readonly string[],
  renew: Renew,
  concerns: (row: Row) => boolean,
): Promise<readonly Row[]> {
  // What sessions bring along is of no interest, and may be most of the menu.
  const options = { fields, ...(fields.includes('dynamic') ? { where: equals('dynamic', 'false') } : {}) };
  const rows: Row[] = [];
  let count = 0;
  for await (const row of printStream(on, menu, options)) {
    count += 1;
    if (count % renewEvery === 0) await renew();
    if (row.dynamic !== 'true' && concerns(row)) rows.push(row);
  }
  return rows;
}

/** By name, and by mark in case somebody renamed it. */
function questions(intents: readonly Wanted[]): readonly (readonly [string, string])[] {
  return intents.flatMap(({ username, applied_name: applied, subscription_id: id }) => [
    ...[...new Set([username, applied])].flatMap((name) => (name === null ? [] : [['name', name] as const])),
    ['comment', markOf(id)] as const,
  ]);
}

async function readListed(
  on: Commander,
  intents: readonly Wanted[],
  whole: boolean,
  renew: Renew,
): Promise<readonly Row[]> {
  if (whole || readsAll(intents)) {
    return readConcerned(on, listMenu, listFields, renew, ({ comment }) => ownerOf(comment) !== undefined);
  }
  const asked = intents.map(({ subscription_id: id }) => ['comment', markOf(id)] as const);
  return ownRows(await readWhere(on, listMenu, listFields, asked));
}

async function readProfiles(on: Commander, kind: ProfileKind): Promise<ReadonlyMap<string, Row>> {
  const rows = await print(on, profileMenus[kind], { fields: ['.id', ...profileFields(kind)] });
  return new Map(rows.map((row) => [row.name ?? '', row]));
}
