import { sql } from 'kysely';
import type { z } from 'zod';
import type { ownLicenseSchema } from '#contract';
import type { Db } from '#kit/db.ts';

export type RenewalRow = NonNullable<z.input<typeof ownLicenseSchema>['renewal']>;

/** What renews the subscriptions, with the oldest open invoice of each, also where it is one of several subscriptions. */
export async function renewalsOf(
  db: Db,
  subscriptionIds: readonly string[],
): Promise<ReadonlyMap<string, RenewalRow>> {
  const { rows } = await sql<RenewalRow>`
    select s.id as subscription_id, s.end_date as date, s.auto_renew and s.cancel_requested_on is null as auto_renew, p.price::text as price,
      (select i.id from invoices i where i.status in ('unpaid', 'overdue') and i.customer_id = s.customer_id
          and (i.subscription_id = s.id or exists (select from invoice_parts x where x.invoice_id = i.id and x.subscription_id = s.id))
        order by i.due_date, i.id limit 1) as invoice_id
    from subscriptions s join packages p on p.id = coalesce(s.next_package_id, s.package_id)
    where s.id = any(${[...subscriptionIds]}::uuid[]) and s.status <> 'cancelled'`.execute(db);
  return new Map(rows.map((row) => [row.subscription_id, row]));
}
