import assert from 'node:assert/strict';
import { ok } from '../support/provider.ts';
import * as model from './billing-model.ts';
import type { Nodes } from './books.ts';

export interface Pack {
  readonly id: string;
  readonly model: model.ModelPackage;
}

export interface Subscriber {
  readonly id: string;
  readonly model: model.ModelSubscription;
}

export async function addPackages([nadi]: Nodes): Promise<Pack[]> {
  const kinds: model.ModelPackage[] = [
    { days: 30, months: null, bill: false, price: '100000', amount: 100_000 },
    { days: 30, months: 1, bill: false, price: '150000.50', amount: 150_001 },
    { days: 3, months: null, bill: true, price: '20000.49', amount: 20_000 },
    { days: 30, months: 1, bill: false, price: '0.49', amount: 0 },
    { days: 10, months: null, bill: false, price: '70000', amount: 70_000 },
  ];
  const packs = [];
  for (const kind of kinds) {
    const { days, months, bill, price } = kind;
    const body = {
      name: price,
      bandwidth: '1M/1M',
      price,
      validity_days: days,
      period_months: months,
      bill_suspended_time: bill,
    };
    packs.push({ id: (await ok(nadi, { method: 'POST', url: '/api/packages', body })).id, model: kind });
  }
  return packs;
}

let count = 0;

export async function subscribe(
  [nadi]: Nodes,
  packs: readonly Pack[],
  today: string,
  one: { readonly pack: number; readonly wait: number; readonly paid: number; readonly renews: boolean },
): Promise<Subscriber> {
  count += 1;
  const pack = packs[one.pack];
  assert.ok(pack);
  const start = Temporal.PlainDate.from(today).add({ days: one.wait }).toString();
  const end = Temporal.PlainDate.from(start).add({ days: one.paid }).toString();
  const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name: 'Ani' } });
  const body = {
    customer_id: customer.id,
    package_id: pack.id,
    mikrotik_username: `model${count}`,
    start_date: start,
    end_date: end,
    auto_renew: one.renews,
  };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/subscriptions', body });
  return { id, model: model.newSubscription(start, end, pack.model, one.renews) };
}

export async function settings([nadi]: Nodes, { lead, grace }: model.ModelWorld): Promise<void> {
  const body = { invoice_lead_days: lead, grace_days: grace };
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body });
}
