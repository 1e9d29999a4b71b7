import type { Kind } from '../wanted.ts';
import type { Reason } from './words.ts';

/** An entry that a router holds, as far as a subscription is made of it. */
export interface Found {
  readonly kind: Kind;
  readonly name: string;
  readonly password: string | null;
  /** Of a static address its speed. */
  readonly profile: string;
  /** As routers write it, in one form; null is none, or none that is in the grammar. */
  readonly rate: string | null;
  readonly comment: string;
  readonly disabled: boolean;
  readonly local: string | null;
  readonly remote: string | null;
  /** Why it cannot be brought, whatever is here. */
  readonly fault: Reason | undefined;
}

/** By what an entry is known when it is read again. */
export const keyOf = ({ kind, name }: Found) => `${kind}:${name}`;

export const profileKey = (kind: string, profile: string) => `${kind}:${profile}`;

/** By what the entries of a router are remembered. */
export const sourceOf = (routerId: string) => `router:${routerId}`;
