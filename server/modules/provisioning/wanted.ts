/**
 * What a subscription is to be on a router. `off` has its entry and no access; `isolated` reaches only the notice; `blocked` is
 * cancelled, or not paid and without an account: its static address, which nobody else on this router has yet, must not be open to
 * whoever still uses it.
 */
export type State = 'on' | 'off' | 'isolated' | 'blocked' | 'absent';

export const kinds = ['pppoe', 'hotspot', 'static'] as const;
export type Kind = (typeof kinds)[number];

/** One subscription on one router: what is wanted, and how far the router has come. */
export interface Wanted {
  readonly subscription_id: string;
  readonly version: string;
  readonly verified: boolean;
  readonly attempts: number;
  /** As it was last written. */
  readonly applied_kind: Kind | null;
  readonly applied_name: string | null;
  readonly must_drop: boolean;
  readonly adopt: boolean;
  readonly approved: boolean;
  /** It was too dangerous to be done without somebody's word. */
  readonly held: boolean;
  readonly state: State;
  readonly username: string | null;
  readonly password: string | null;
  readonly local_address: string | null;
  readonly remote_address: string | null;
  /** A profile of the router that the subscription names instead of its package's. */
  readonly own_profile: string | null;
  readonly isolir_profile: string;
  readonly isolir_pool: string | null;
  readonly isolir_address_list: string;
  readonly isolir_rate: string | null;
  readonly template_profile: string;
  readonly package_id: string | null;
  readonly package_type: string | null;
  /** The package's, as routers write it. */
  readonly rate_limit: string | null;
  /** What it gets instead for now, as when its quota is used up. */
  readonly limited_to: string | null;
}

/** What of the organisation and the router decides how things are called there. */
export interface Settings {
  readonly isolirProfile: string;
  readonly isolirPool: string | null;
  readonly isolirList: string;
  readonly isolirRate: string | null;
  readonly templateProfile: string;
  /** The subscriptions that are looked at together. */
  readonly served: ReadonlySet<string>;
}

/** The settings that were read with the intents: of one statement, so that what it saw fits together. */
export function settingsOf(intents: readonly Wanted[]): Settings {
  const [first] = intents;
  return {
    isolirProfile: first?.isolir_profile ?? '',
    isolirPool: first?.isolir_pool ?? null,
    isolirList: first?.isolir_address_list ?? '',
    isolirRate: first?.isolir_rate ?? null,
    templateProfile: first?.template_profile ?? '',
    served: new Set(intents.map(({ subscription_id: id }) => id)),
  };
}

/** Why an intent is not fulfilled; presentFault says it in words. */
export type FaultCode =
  | 'name_taken'
  | 'address_missing'
  | 'address_unsafe'
  | 'rate_invalid'
  | 'profile_missing'
  | 'refused'
  | 'not_applied'
  | 'session_stays'
  | 'held';

export interface Fault {
  readonly code: FaultCode;
  /** What the router said, if it did. */
  readonly detail?: string;
}
