import { ok } from './provider.ts';
import type { TestApp } from './test-app.ts';

export interface Change {
  readonly preview: boolean;
  readonly invoice_id: string | null;
  readonly lines: readonly { kind: string; amount: string; package_id: string | null }[];
  readonly tax_amount: string;
  readonly to_pay: string;
  readonly to_balance: string;
  readonly subscription: { package_id: string; next_package_id: string | null; billed_until: string };
}

export interface Sold {
  readonly price: string;
  readonly days: number;
  readonly months: number | null;
}

let names = 0;

/** Adds a package through the API. */
export async function addPackage(nadi: TestApp, { price, days, months }: Sold): Promise<string> {
  names += 1;
  const body = {
    name: `Ganti ${names}`,
    bandwidth: '5M/5M',
    price,
    validity_days: days,
    period_months: months,
  };
  return (await ok(nadi, { method: 'POST', url: '/api/packages', body })).id;
}

/** Changes a subscription's package, which must succeed. */
export const change = (nadi: TestApp, id: string, body: object) =>
  ok<Change>(nadi, { method: 'POST', url: `/api/subscriptions/${id}/change-package`, body });
