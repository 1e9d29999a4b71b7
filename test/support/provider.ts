import assert from 'node:assert/strict';
import type { TestApp, TestRequest } from './test-app.ts';

type Json = Record<string, unknown> & { readonly id: string };

/** Sends a request that must succeed and gives its JSON. */
export async function ok<T = Json>(nadi: TestApp, request: TestRequest): Promise<T> {
  const answer = await nadi.request(request);
  assert.ok(
    answer.statusCode < 300,
    `${request.method ?? 'GET'} ${request.url} → ${answer.statusCode} ${answer.body}`,
  );
  return answer.body === '' ? (undefined as T) : answer.json<T>();
}

let count = 0;

export interface SubscriberOptions {
  readonly price?: number;
  readonly months?: number;
  readonly days?: number;
  readonly start?: string;
  readonly end?: string;
  readonly autoRenew?: boolean;
  readonly billSuspended?: boolean;
}

export interface Subscriber {
  readonly customerId: string;
  readonly packageId: string;
  readonly subscriptionId: string;
}

/** A customer with one subscription, added through the API. */
export async function subscriber(nadi: TestApp, options: SubscriberOptions = {}): Promise<Subscriber> {
  count += 1;
  const customer = await ok(nadi, {
    method: 'POST',
    url: '/api/customers',
    body: { name: `Pelanggan ${count}` },
  });
  const pack = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: {
      name: `Paket ${count}`,
      bandwidth: '10M/10M',
      price: options.price ?? 150_000,
      validity_days: options.days ?? 30,
      period_months: options.months ?? null,
      bill_suspended_time: options.billSuspended ?? false,
    },
  });
  const subscription = await ok(nadi, {
    method: 'POST',
    url: '/api/subscriptions',
    body: {
      customer_id: customer.id,
      package_id: pack.id,
      mikrotik_username: `user${count}`,
      auto_renew: options.autoRenew ?? true,
      ...(options.start === undefined ? {} : { start_date: options.start }),
      ...(options.end === undefined ? {} : { end_date: options.end }),
    },
  });
  return { customerId: customer.id, packageId: pack.id, subscriptionId: subscription.id };
}

export interface InvoiceSeen {
  readonly id: string;
  readonly invoice_number: string;
  readonly period_start: string;
  readonly period_end: string;
  readonly due_date: string;
  readonly status: string;
  readonly amount: string;
  readonly amount_paid: string;
  readonly created_at: string;
}

/** A subscription's invoices, oldest period first. */
export async function invoicesOf(nadi: TestApp, subscriptionId: string): Promise<InvoiceSeen[]> {
  const page = await ok<{ data: InvoiceSeen[] }>(nadi, {
    url: `/api/invoices?subscription_id=${subscriptionId}&per_page=100`,
  });
  return page.data.sort((one, other) => (one.period_start < other.period_start ? -1 : 1));
}

export interface SubscriptionSeen {
  readonly status: string;
  readonly end_date: string;
  readonly billed_until: string;
  readonly suspended_on: string | null;
}

export function subscriptionOf(nadi: TestApp, id: string): Promise<SubscriptionSeen> {
  return ok<SubscriptionSeen>(nadi, { url: `/api/subscriptions/${id}` });
}

/** Sets the clock to ten in the morning in Jakarta of that local date. */
export function goTo(nadi: TestApp, date: string): void {
  nadi.clock.set(`${date}T03:00:00Z`);
}

export async function payAll(nadi: TestApp, subscriptionId: string): Promise<void> {
  for (const invoice of await invoicesOf(nadi, subscriptionId)) {
    if (invoice.status === 'unpaid' || invoice.status === 'overdue') {
      await ok(nadi, { method: 'POST', url: `/api/invoices/${invoice.id}/mark-paid` });
    }
  }
}
