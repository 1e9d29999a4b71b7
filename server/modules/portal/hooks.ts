import type { z } from 'zod';
import type { packageChangeSchema } from '#contract';
import type { Db, Tx } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';

/** Where a message goes: an e-mail address, or a phone number with + and its country. */
export type Recipient = { readonly email: string } | { readonly phone: string };

export interface SignInCode {
  readonly to: Recipient;
  /** In clear: whoever keeps it until it is sent seals it. */
  readonly code: string;
  /** How long it works. */
  readonly minutes: number;
  /** Null where several customers share the address. */
  readonly customerId: string | null;
  readonly language: Language;
  /** RFC 3339; later there is no use in sending it. */
  readonly expiresAt: string;
}

export interface Invitation {
  readonly to: Recipient;
  readonly customerId: string;
  readonly name: string;
  readonly language: Language;
}

export interface PaymentPlace {
  readonly url: string;
  /** RFC 3339; null where it stays. */
  readonly expires_at: string | null;
}

/** Whether a subscription is online; null where nobody knows. */
export interface Line {
  readonly online: boolean | null;
  readonly since: string | null;
}

type PackageChange = z.input<typeof packageChangeSchema>;

/** What the portal needs of others; the edition registers it. */
export interface PortalHooks {
  /** Has a code sent, if and only if the transaction commits. Where no channel goes there, the log says so, without the code. */
  readonly sendCode: (tx: Tx, code: SignInCode) => Promise<void>;
  /** Has a customer told how to sign in, as {@link PortalHooks.sendCode}. */
  readonly sendInvitation: (tx: Tx, invitation: Invitation) => Promise<void>;
  /** Where the rest of an open invoice of this customer can be paid online; undefined where it cannot. */
  readonly payInvoice: (invoice: {
    readonly invoiceId: string;
    readonly customerId: string;
    readonly author: Author;
  }) => Promise<PaymentPlace | undefined>;
  /** What the network knows of subscriptions; of one that is not in it, nothing. */
  readonly linesOf: (db: Db, subscriptionIds: readonly string[]) => Promise<ReadonlyMap<string, Line>>;
  /** Billing's change of package; `also` runs in its transaction at the end, and undoes it by throwing. */
  readonly changePackage: (
    author: Author,
    subscriptionId: string,
    input: {
      readonly package_id: string;
      readonly when: 'now' | 'renewal';
      readonly preview?: boolean;
    },
    also?: (tx: Tx, change: PackageChange) => Promise<void>,
  ) => Promise<PackageChange>;
}
