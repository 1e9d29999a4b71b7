import type { Command, Row } from '#routeros';
import type { Actual } from './actual.ts';
import { missing } from './compare.ts';
import { type Profile, type ProfileKind, profileMenus } from './entries.ts';
import { changing, type IntentPlan } from './plan.ts';
import type { Settings } from './wanted.ts';

/** What a profile of Nadi's takes over of the template when it is made. */
const inherited: Readonly<Record<ProfileKind, readonly string[]>> = {
  pppoe: ['local-address', 'remote-address', 'dns-server', 'remote-ipv6-prefix-pool', 'only-one'],
  hotspot: ['address-pool', 'shared-users'],
};

export interface ProfileChange {
  readonly kind: ProfileKind;
  readonly name: string;
  /** Whether it is there already, and sessions run by what it was. */
  readonly exists: boolean;
  readonly commands: readonly Command[];
}

/** What must happen to profiles before the entries that use them. One that is nobody's of ours is used as it is. */
export function planProfiles(
  plans: readonly IntentPlan[],
  actual: Actual,
  settings: Settings,
): readonly ProfileChange[] {
  const wanted = new Map<string, Profile>();
  for (const { entry } of plans) {
    const profile = entry?.profile;
    if (profile?.values !== undefined) wanted.set(`${profile.kind} ${profile.name}`, profile);
  }
  return [...wanted.values()].flatMap((profile) => {
    const change = changeOf(profile, actual, settings);
    return change === undefined ? [] : [change];
  });
}

function changeOf(
  { kind, name, values = {}, mark }: Profile,
  { profiles }: Actual,
  { templateProfile, isolirProfile }: Settings,
): ProfileChange | undefined {
  const path = profileMenus[kind];
  const row = profiles[kind].get(name);
  if (row === undefined) {
    const template = profiles[kind].get(templateProfile) ?? profiles[kind].get('default');
    const attributes = {
      ...taken(kind, template),
      ...values,
      name,
      ...(kind === 'pppoe' ? { comment: mark } : {}),
    };
    return { kind, name, exists: false, commands: [{ path: `${path}/add`, attributes }] };
  }
  // An isolated network that somebody has made is as he made it. Profiles of hotspots cannot carry a mark.
  if (name === isolirProfile && (kind === 'hotspot' || !(row.comment ?? '').startsWith(mark)))
    return undefined;
  const changes = missing(values, row, false);
  if (Object.keys(changes).length === 0) return undefined;
  return { kind, name, exists: true, commands: changing(path, row, changes) };
}

function taken(kind: ProfileKind, template: Row | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    inherited[kind].flatMap((property) => {
      const value = template?.[property];
      return value === undefined || value === '' ? [] : [[property, value]];
    }),
  );
}

/** The properties that are read of profiles. */
export const profileFields = (kind: ProfileKind) => [
  'name',
  'rate-limit',
  'address-list',
  ...(kind === 'pppoe' ? ['comment'] : []),
  ...inherited[kind],
];
