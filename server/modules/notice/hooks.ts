import type { Db } from '#kit/db.ts';
import type { AddressSource } from './queries.ts';

export interface NoticeHooks {
  readonly addressSources: readonly AddressSource[];
  /** The isolated subscription that routers say has an address now. */
  readonly askRouters: (address: string) => Promise<string | undefined>;
  /** Where open invoices can be paid online, by their ids; one that is not in it has no such place. */
  readonly paymentUrlsOf: (db: Db, invoiceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}
