import {
  billing,
  catalog,
  customers,
  licensing,
  organisation,
  payments,
  subscriptions,
  taxes,
} from '#contract';
import type { SettableClock } from '#kit/clock.ts';
import { drainJobs } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import type { Edition } from '../../editions/edition.ts';
import { between } from '../chance.ts';
import { ppn } from '../found.ts';
import type { Colleague } from '../office.ts';
import type { Credentials, Fleet, Send } from './fleet.ts';
import { house, type Provider, plans, providers } from './house.ts';

/** The software house while its history is being made. */
export interface Shop {
  /** With the clock below. */
  readonly kit: Kit;
  readonly edition: Edition;
  readonly clock: SettableClock;
  /** The real instant, beyond which nothing happens. */
  readonly until: Temporal.Instant;
  readonly admin: Colleague;
  readonly send: Send;
  readonly fleet: Fleet;
}

/** Its name, PPN, and what it sells. */
export async function furnishShop({ admin }: Shop): Promise<void> {
  await admin.call(organisation.updateOrganisation, { body: house });
  await admin.call(taxes.createTax, { body: ppn });
  for (const { plan, ...item } of plans) {
    const sold = await admin.call(catalog.createPackage, { body: { ...item, type: 'license' } });
    await admin.call(licensing.createLicensePlan, { body: { ...plan, package_id: sold?.id } });
  }
}

/** A provider subscribes and pays; its license is made by that. Gives what its installations sign in with. */
export async function sellTo(shop: Shop, provider: Provider): Promise<readonly Credentials[]> {
  const { admin, kit, edition } = shop;
  const packages = await admin.call(catalog.listPackages, { query: { per_page: '100' } });
  const sold = packages?.data.find(({ name }) => name === provider.plan);
  const { name, email } = provider;
  const customer = await admin.call(customers.createCustomer, { body: { name, email } });
  const body = { customer_id: customer?.id, package_id: sold?.id };
  await admin.call(subscriptions.createSubscription, { body });
  // What a running worker would do at once: the first invoice.
  await drainJobs(kit, edition.jobs);
  const query = { customer_id: customer?.id ?? '' };
  for (const { id, amount } of (await admin.call(billing.listInvoices, { query }))?.data ?? [])
    await pay(shop, id, amount);
  const [license] = (await admin.call(licensing.listLicenses, { query }))?.data ?? [];
  if (license === undefined) throw new Error(`${name} has no license.`);
  const params = { id: license.id };
  const drawn = await admin.call(licensing.drawLicenseKey, { params });
  const credentials: Credentials[] = [];
  for (let at = 0; at < provider.agents; at += 1) {
    const added = await admin.call(licensing.addAgentCode, { params });
    credentials.push({ agent_code: added?.agent_code ?? '', license_key: drawn?.license_key ?? '' });
  }
  return credentials;
}

/** Customers pay what is due about now; one of them does no more. */
export async function takePayments(shop: Shop, date: string): Promise<void> {
  for (const status of ['unpaid', 'overdue'] as const) {
    const open = await shop.admin.call(billing.listInvoices, { query: { status, per_page: '100' } });
    for (const { id, amount, due_date: due, customer } of open?.data ?? []) {
      const payer = providers.find(({ name }) => name === customer?.name);
      if (payer?.pays !== true) continue;
      const early = Temporal.PlainDate.from(due).subtract({ days: between(0, 4, payer.name, due) });
      if (early.toString() <= date) await pay(shop, id, amount);
    }
  }
}

async function pay({ admin }: Shop, id: string, amount: string): Promise<void> {
  const body = { invoice_id: id, amount, method: 'transfer' };
  await admin.call(payments.createPayment, { body, unless: ['invoice_paid', 'invoice_cancelled'] });
}
