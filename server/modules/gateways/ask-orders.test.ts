import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SettableClock } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { askOrders } from './ask-orders.ts';
import type { Gateway } from './gateway.ts';
import type { OrderRow } from './order-queries.ts';

const clock = new SettableClock('2026-01-15T03:00:00Z');
const kit = { clock } as unknown as Kit; // Nothing else of it is used.
const orders = Array.from({ length: 200 }, (_, n) => ({ id: String(n) }) as OrderRow); // As above.

/** A gateway that takes so long by the clock for each answer, and how many it was asked at once. */
function gateway(milliseconds: number, fail = (_id: string) => false) {
  let now = 0;
  const seen = { most: 0 };
  const status = async ({ id }: { id: string }) => {
    now += 1;
    seen.most = Math.max(seen.most, now);
    clock.advance({ milliseconds });
    await nextTurn();
    now -= 1;
    if (fail(id)) throw new TypeError('of ours');
    return { state: undefined, isOver: false, answer: {} };
  };
  return { seen, gateway: { name: 'midtrans', status } as unknown as Gateway }; // As above.
}

test('a fast gateway is asked a few at once, a slow one many, and each order once', async () => {
  for (const [milliseconds, least, most] of [
    [0, 6, 6],
    [200, 20, 32],
  ] as const) {
    const { seen, gateway: asked } = gateway(milliseconds);
    const answers = await askOrders(kit, asked, orders);
    assert.ok(seen.most >= least && seen.most <= most, `${seen.most}`);
    assert.deepEqual(new Set(answers.map(({ order }) => order.id)), new Set(orders.map(({ id }) => id)));
    assert.equal(answers.length, orders.length);
  }
});

test('what is our own fault is told, after all that were asked have ended', async () => {
  const { gateway: asked } = gateway(200, (id) => id === '50');
  await assert.rejects(askOrders(kit, asked, orders), TypeError);
});
