import assert from 'node:assert/strict';
import type { Session } from '#simulators';
import { type PollResult, pollRouter } from '../../server/modules/usage/index.ts';
import { ok } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import type { Provisioned } from './provisioned.ts';

/** Lets time pass for both sides. */
export function pass({ nadi, router }: Provisioned, seconds: number): void {
  nadi.clock.advance({ seconds });
  router.advance(seconds);
}

/** Reads the router now, also where it is not due. */
export async function look(nadi: TestApp, routerId: string): Promise<PollResult> {
  await nadi.kit.pool.query('update usage_polls set next_at = null');
  return pollRouter(nadi.kit, routerId);
}

/** The same, which must go well. */
export async function lookAt({ nadi, routerId }: Provisioned): Promise<void> {
  assert.equal(await look(nadi, routerId), 'done');
}

interface Usage {
  readonly bytes_in: number;
  readonly bytes_out: number;
  readonly days: readonly { readonly day: string; readonly bytes_in: number; readonly bytes_out: number }[];
}

export const usageOf = (nadi: TestApp, subscriptionId: string) =>
  ok<Usage>(nadi, { url: `/api/subscriptions/${subscriptionId}/usage?from=2025-11-01&to=2026-02-28` });

/** What was used in all, from the subscriber and to the subscriber. */
export async function usedBy(nadi: TestApp, subscriptionId: string): Promise<readonly [number, number]> {
  const { bytes_in: sent, bytes_out: received } = await usageOf(nadi, subscriptionId);
  return [sent, received];
}

/** The session of a user, which must be there. */
export function sessionOf({ router }: Provisioned, username: string): Session {
  router.tick();
  const found = router.sessions.find((session) => session.username === username);
  assert.ok(found, `${username} is not online`);
  return found;
}

/** Its counters, as usage has them. */
export const bytesOf = ({ traffic }: Session): readonly [number, number] => [
  traffic.rx.bytes,
  traffic.tx.bytes,
];

export const plus = (a: readonly [number, number], b: readonly [number, number]) => [
  a[0] + b[0],
  a[1] + b[1],
];

export interface Online {
  readonly id: string;
  readonly source: string;
  readonly kind: string;
  readonly username: string;
  readonly subscription_id: string | null;
  readonly customer_name: string | null;
  readonly package_name: string | null;
  readonly router_id: string | null;
  readonly router_name: string | null;
  readonly address: string | null;
  readonly caller_id: string | null;
  readonly started_at: string;
  readonly seen_at: string;
  readonly bytes_in: number;
}

export const onlineNow = async (nadi: TestApp, query = '') =>
  (await ok<{ data: Online[] }>(nadi, { url: `/api/sessions${query}` })).data;

interface RouterOnline {
  readonly router_id: string;
  readonly source: string;
  readonly state: string;
  readonly online: number | null;
  readonly seen_at: string | null;
  readonly error: { readonly en: string } | null;
}

export async function routerOnline(nadi: TestApp, routerId: string): Promise<RouterOnline> {
  const { data } = await ok<{ data: RouterOnline[] }>(nadi, { url: '/api/sessions/routers' });
  const found = data.find(({ router_id: id }) => id === routerId);
  assert.ok(found);
  return found;
}
