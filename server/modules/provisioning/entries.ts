import {
  checkRateLimit,
  formatPair,
  formatRate,
  formatRateLimit,
  parseRateLimit,
  type RateLimit,
  RouterValueError,
} from '#routeros';
import { markOf } from '../routers/index.ts';
import type { Fault, Kind, Settings, Wanted } from './wanted.ts';

export const menus = {
  pppoe: '/ppp/secret',
  hotspot: '/ip/hotspot/user',
  static: '/queue/simple',
} as const satisfies Record<Kind, string>;

export const listMenu = '/ip/firewall/address-list';

/** Where profiles are; a static address has none. */
export const profileMenus = { pppoe: '/ppp/profile', hotspot: '/ip/hotspot/user/profile' } as const;
export type ProfileKind = keyof typeof profileMenus;

/** Attributes as they are sent; an empty text stands for one that is not to be there. */
export type Values = Readonly<Record<string, string>>;

const poolProperties: Readonly<Record<ProfileKind, string>> = {
  pppoe: 'remote-address',
  hotspot: 'address-pool',
};

/** An entry that a router is to have. */
export interface Entry {
  readonly kind: Kind;
  readonly name: string;
  readonly values: Values;
  readonly profile: Profile | undefined;
  /** The address that is to stand in the list of those who reach only the notice. */
  readonly listed: string | undefined;
}

export interface Profile {
  readonly kind: ProfileKind;
  readonly name: string;
  /** What it is kept at; undefined for a profile that is the router's own. */
  readonly values: Values | undefined;
  /** What says in its comment that it is Nadi's. */
  readonly mark: string;
}

/** What a blocked static address keeps: a queue alone cannot stop it, and less than this no queue takes. */
const trickle = '1k/1k';

/** The entry of a subscription that is not `absent`. */
export function entryOf(wanted: Wanted, settings: Settings): Entry | Fault {
  const { username: name, password, state } = wanted;
  const kind = kindOf(wanted.package_type);
  if (name === null || password === null) return { code: 'refused', detail: 'no username' };
  const rate = rateOf(wanted);
  // Who has no access needs no speed, and must not keep it for want of one.
  if (rate === undefined && state === 'on') return { code: 'rate_invalid' };
  const comment = markOf(wanted.subscription_id);
  if (kind === 'static') return queueOf(wanted, name, rate);
  const profile = profileOf(kind, wanted, rate, settings);
  const disabled = state === 'off' ? 'yes' : 'no';
  const common = { name, password, profile: profile.name, comment, disabled };
  // An address of his own would lead past the isolated network.
  const address = state === 'isolated' && settings.isolirPool !== null ? null : wanted.remote_address;
  const values: Values =
    kind === 'hotspot'
      ? { ...common, address: address ?? '' }
      : {
          ...common,
          service: 'pppoe',
          'local-address': wanted.local_address ?? '',
          'remote-address': address ?? '',
        };
  return { kind, name, values, profile, listed: undefined };
}

function kindOf(packageType: string | null): Kind {
  return packageType === 'hotspot' || packageType === 'static' ? packageType : 'pppoe';
}

function rateOf({ limited_to: limited, rate_limit: usual }: Wanted): RateLimit | undefined {
  const text = limited ?? usual;
  if (text === null) return undefined;
  try {
    return checkRateLimit(parseRateLimit(text));
  } catch (error) {
    if (!(error instanceof RouterValueError)) throw error;
    return undefined;
  }
}

/** A target that means everybody: it would throttle the whole network (field.md 4). */
export const isUnsafe = (address: string) =>
  /^0*\.?0*\.?0*\.?0*(\/.*)?$/.test(address) || /^[:0]*(\/.*)?$/.test(address);

function queueOf(wanted: Wanted, name: string, rate: RateLimit | undefined): Entry | Fault {
  const { remote_address: address, state, subscription_id: id } = wanted;
  if (address === null) return { code: 'address_missing' };
  if (isUnsafe(address)) return { code: 'address_unsafe' };
  const { burst, priority = 8 } = rate ?? {};
  const rates = (pair: RateLimit['rate'] | undefined) =>
    pair === undefined ? '0/0' : formatPair(pair, formatRate);
  const values: Values = {
    name,
    target: address,
    'max-limit': state === 'off' ? trickle : rates(rate?.rate),
    'burst-limit': state === 'off' ? '0/0' : rates(burst?.limit),
    'burst-threshold': state === 'off' ? '0/0' : rates(burst?.threshold),
    'burst-time':
      state === 'off' || burst === undefined
        ? '0s/0s'
        : formatPair(burst.time, (milliseconds) => `${milliseconds / 1000}s`),
    priority: `${priority}/${priority}`,
    comment: markOf(id),
    disabled: 'no',
  };
  const listed = state === 'on' ? undefined : address;
  return { kind: 'static', name, values, profile: undefined, listed };
}

function profileOf(
  kind: ProfileKind,
  wanted: Wanted,
  rate: RateLimit | undefined,
  settings: Settings,
): Profile {
  if (wanted.state === 'isolated') {
    const { isolirProfile: name, isolirList, isolirRate, isolirPool } = settings;
    const values: Values = {
      'address-list': isolirList,
      'rate-limit': isolirRate ?? '',
      ...(isolirPool === null ? {} : { [poolProperties[kind]]: isolirPool }),
    };
    return { kind, name, values, mark: markOf('isolir') };
  }
  if (wanted.state === 'on' && wanted.limited_to !== null && rate !== undefined) {
    const text = formatRateLimit(rate);
    return {
      kind,
      name: `nadi-limit-${text.replace(/[^0-9A-Za-z]+/g, '-')}`,
      values: { 'rate-limit': text },
      mark: markOf('limit'),
    };
  }
  if (wanted.own_profile !== null) return { kind, name: wanted.own_profile, values: undefined, mark: '' };
  return {
    kind,
    // Packages may have one name, and change it; their ids do not.
    name: `nadi-${(wanted.package_id ?? '').slice(-12)}`,
    values:
      wanted.state === 'off' || rate === undefined ? undefined : { 'rate-limit': formatRateLimit(rate) },
    mark: markOf(wanted.package_id ?? ''),
  };
}
