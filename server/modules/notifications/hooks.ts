import type { Db } from '#kit/db.ts';

export interface NotificationHooks {
  /** Where open invoices can be paid online, by their ids; one that is not in it has no such place. */
  readonly paymentUrlsOf: (db: Db, invoiceIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}
