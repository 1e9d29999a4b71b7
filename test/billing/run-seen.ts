import type { RunCountName } from '#contract';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';

type Counts = Readonly<Record<RunCountName, number>>;

export interface Run extends Counts {
  readonly id: string;
  readonly state: string;
  readonly steps: string[];
  readonly finished_steps: string[];
  readonly failed_step: string | null;
  readonly error: string | null;
  readonly date: string;
  readonly retry_of: string | null;
  readonly started_by: string;
  readonly subscription_id: string | null;
}

export interface Item {
  readonly id?: string;
  readonly action: string;
  readonly message: string;
  readonly meta: Record<string, unknown> | null;
  readonly subscription_id: string | null;
  readonly invoice_id: string | null;
  readonly invoice_number: string | null;
  readonly customer_name: string | null;
  readonly amount: string | null;
}

export type Result = Omit<Run, 'id'> & { readonly run_id: string | null };

/** Runs as the API lists them. */
export const runsOf = async (nadi: TestApp, query = '') =>
  (await ok<{ data: Run[] }>(nadi, { url: `/api/billing/runs${query}` })).data;
/** What a run did. */
export const itemsOf = async (nadi: TestApp, id: string) =>
  (await ok<{ data: Item[] }>(nadi, { url: `/api/billing/runs/${id}/items?per_page=100` })).data;
/** Runs billing through the API. */
export const run = (nadi: TestApp, body: object = {}) =>
  ok<Result>(nadi, { method: 'POST', url: '/api/billing/run', body });
