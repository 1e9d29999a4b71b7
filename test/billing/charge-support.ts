import { ok, type Subscriber } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';
import type { Nodes } from './books.ts';

export interface Part {
  readonly id: string;
  readonly invoice_id: string | null;
  readonly periods_left: number | null;
  readonly ended_at: string | null;
}

export const urlOf = ({ subscriptionId }: Subscriber, what: string) =>
  `/api/subscriptions/${subscriptionId}/${what}`;
export const add = (nadi: TestApp, one: Subscriber, what: string, body: object) =>
  ok<Part>(nadi, { method: 'POST', url: urlOf(one, what), body });
export const list = async (nadi: TestApp, one: Subscriber, what: string) =>
  (await ok<{ data: Part[] }>(nadi, { url: urlOf(one, `${what}?per_page=100`) })).data;

export async function codeOf(nadi: TestApp, method: 'POST' | 'DELETE' | 'GET', url: string, body?: object) {
  const answer = await nadi.request({ method, url, ...(body ? { body } : {}) });
  const { code, errors } = answer.body === '' ? {} : answer.json();
  return code === 'validation_failed' ? Object.keys(errors).join() : (code ?? answer.statusCode);
}

/** The code of what a request to add something answers. */
export const refusal = (nadi: TestApp, one: Subscriber, what: string, body: object) =>
  codeOf(nadi, 'POST', urlOf(one, what), body);

export async function twoNodes() {
  const nadi = await testApp();
  const other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const nodes: Nodes = [nadi, other];
  await ok(nadi, { method: 'PUT', url: '/api/organisation', body: { grace_days: 90 } });
  return {
    nadi,
    nodes,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await nadi[Symbol.asyncDispose]();
    },
  };
}

export const runBoth = (nodes: Nodes) => Promise.all(nodes.map(({ edition }) => edition.runBilling()));
