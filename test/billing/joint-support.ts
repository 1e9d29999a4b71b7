import assert from 'node:assert/strict';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { readFaults } from './books.ts';

export interface Wish {
  readonly price?: number | string;
  readonly days?: number;
  readonly months?: number;
  readonly start?: string;
  readonly end?: string;
  readonly postpaid?: boolean;
  readonly taxable?: boolean;
  readonly renews?: boolean;
}

export interface Family {
  readonly customerId: string;
  readonly ids: readonly string[];
  readonly packageIds: readonly string[];
}

let count = 0;

/** A customer who wants one invoice, unless `joint` is null, with subscriptions to packages of their own. */
export async function family(
  nadi: TestApp,
  wishes: readonly Wish[],
  joint: number | null = 7,
): Promise<Family> {
  count += 1;
  const name = `Keluarga ${count}`;
  const customer = await ok(nadi, {
    method: 'POST',
    url: '/api/customers',
    body: { name, joint_invoice_days: joint },
  });
  const ids: string[] = [];
  const packageIds: string[] = [];
  for (const wish of wishes) {
    count += 1;
    const pack = await ok(nadi, {
      method: 'POST',
      url: '/api/packages',
      body: {
        name: `Paket ${count}`,
        bandwidth: '10M/10M',
        price: wish.price ?? 150_000,
        validity_days: wish.days ?? 30,
        period_months: wish.months ?? null,
        billing_mode: wish.postpaid ? 'postpaid' : 'prepaid',
        taxable: wish.taxable ?? true,
      },
    });
    packageIds.push(pack.id);
    ids.push(await subscribe(nadi, customer.id, pack.id, wish));
  }
  return { customerId: customer.id, ids, packageIds };
}

async function subscribe(nadi: TestApp, customerId: string, packageId: string, wish: Wish) {
  count += 1;
  const body = {
    customer_id: customerId,
    package_id: packageId,
    mikrotik_username: `rumah${count}`,
    auto_renew: wish.renews ?? true,
    ...(wish.start === undefined ? {} : { start_date: wish.start }),
    ...(wish.end === undefined ? {} : { end_date: wish.end }),
  };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
  // Parts stand in the order of their ids, and rows of one millisecond in none.
  nadi.clock.set(nadi.clock.now().add({ milliseconds: 1 }).toString());
  return id;
}

export interface Seen {
  readonly id: string;
  readonly invoice_number: string;
  readonly subscription_id: string | null;
  readonly period_start: string | null;
  readonly amount: string;
  readonly amount_paid: string;
  readonly tax_amount: string;
  readonly status: string;
  readonly due_date: string;
  readonly lines: readonly {
    readonly kind: string;
    readonly description: string;
    readonly amount: string;
    readonly subscription_id: string | null;
  }[];
  readonly parts: readonly {
    readonly subscription_id: string;
    readonly mikrotik_username: string;
    readonly package_name: string;
    readonly period_start: string;
    readonly period_end: string;
    readonly amount: string;
  }[];
}

/** A customer's invoices with their details, in the order of their numbers. */
export async function invoicesOfCustomer(nadi: TestApp, customerId: string): Promise<Seen[]> {
  const { data } = await ok<{ data: Seen[] }>(nadi, {
    url: `/api/invoices?customer_id=${customerId}&per_page=100`,
  });
  const sorted = data.toSorted((one, other) => (one.invoice_number < other.invoice_number ? -1 : 1));
  return Promise.all(sorted.map(({ id }) => ok<Seen>(nadi, { url: `/api/invoices/${id}` })));
}

/** The only invoice of a customer that is not void. */
export async function onlyInvoice(nadi: TestApp, customerId: string): Promise<Seen> {
  const [one, ...others] = (await invoicesOfCustomer(nadi, customerId)).filter(
    ({ status }) => status !== 'cancelled',
  );
  assert.ok(one && others.length === 0, `${others.length + 1} invoices`);
  return one;
}

/** The parts as subscription's place, first day and first day after. */
export const partsOf = ({ parts }: Seen, { ids }: Family) =>
  parts.map((part) => `${ids.indexOf(part.subscription_id)} ${part.period_start}/${part.period_end}`);

/** Of each subscription its state, first unpaid day and first day not invoiced. */
export async function standings(nadi: TestApp, { ids }: Family): Promise<string[]> {
  const { rows } = await nadi.kit.pool.query(
    'select status, end_date, billed_until from subscriptions where id = any($1) order by array_position($1::uuid[], id)',
    [ids],
  );
  return rows.map(({ status, end_date, billed_until }) => `${status} ${end_date} ${billed_until}`);
}

/** What billing's log tells of each subscription: its acts in the order in which they were written, with the invoices. */
export async function logOf(nadi: TestApp, { ids }: Family, invoiceId: string): Promise<string[]> {
  const { rows } = await nadi.kit.pool.query(
    `select array_position($1::uuid[], subscription_id) - 1 as place, action from billing_logs
     where invoice_id = $2 order by created_at, action, place`,
    [ids, invoiceId],
  );
  return rows.map(({ place, action }) => `${place} ${action}`);
}

export const run = (nadi: TestApp) => nadi.edition.runBilling();
export const pay = (nadi: TestApp, { id }: Seen, amount?: string) =>
  amount === undefined
    ? ok(nadi, { method: 'POST', url: `/api/invoices/${id}/mark-paid` })
    : ok(nadi, { method: 'POST', url: '/api/payments', body: { invoice_id: id, amount } });
export const sound = async (nadi: TestApp) => assert.deepEqual(await readFaults([nadi, nadi]), {});
