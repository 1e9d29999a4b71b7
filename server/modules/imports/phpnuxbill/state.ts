import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import type { SubscriptionHooks } from '../../subscriptions/index.ts';
import type { Source } from './read-source.ts';
import type { Report } from './report.ts';

/** What the steps of an import share. */
export interface ImportContext {
  readonly kit: Kit;
  readonly tx: Tx;
  readonly hooks: SubscriptionHooks;
  readonly author: Author;
  readonly source: Source;
  /** By what its rows are remembered. */
  readonly sourceName: string;
  readonly timeZone: string;
  readonly today: string;
  readonly at: string;
  readonly report: Report;
  /** Where a username is taken or cannot be one, take the proposed one. */
  readonly renameUsers: boolean;
  /** Transactions before this date are left out. */
  readonly transactionsFrom: string | undefined;
  /** Told how many rows more were worked off. */
  readonly progress: (rows: number) => void;
  readonly counts: Counts;
}

export interface Counts {
  packages: number;
  customers: number;
  active: number;
  suspended: number;
  expired: number;
  invoices: number;
  payments: number;
  balances: number;
  alreadyThere: number;
}

/** A customer of the source who stands here. */
export interface KnownCustomer {
  readonly id: string;
  readonly sourceId: number;
  readonly name: string;
  readonly username: string;
  readonly password: string;
  readonly pppoeUsername: string;
  readonly pppoePassword: string;
  readonly address: string;
  readonly blocked: boolean;
  readonly balance: bigint;
}

/** A plan of the source that stands here as a package. */
export interface KnownPackage {
  readonly id: string;
  readonly type: string;
  readonly months: number | null;
  readonly days: number;
}

export interface KnownCustomers {
  readonly byId: ReadonlyMap<number, KnownCustomer>;
  /** By username in lower case; of several, the first. */
  readonly byUsername: ReadonlyMap<string, KnownCustomer>;
}
