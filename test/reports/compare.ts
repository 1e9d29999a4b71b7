import assert from 'node:assert/strict';
import type { TestApp } from '../support/test-app.ts';
import { askedReports, naiveReports } from './naive.ts';
import { askedSubscriptions, naiveSubscriptions } from './naive-subscriptions.ts';

export const span = 'from=2025-12&to=2026-12';

/** Dice that fall the same way each time. */
export function chance(seed: number) {
  let state = seed;
  const next = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const below = (count: number) => Math.floor(next() * count);
  return { below, one: <T>(list: readonly T[]) => list[below(list.length)] };
}

export async function addTaxes(nadi: TestApp): Promise<void> {
  const at = nadi.kit.clock.now().toString();
  await nadi.kit.pool.query(
    `insert into taxes (id, name, rate, base_numerator, base_denominator, inclusive, area, created_at, updated_at) values
     (gen_random_uuid(), 'PPN', 12, 11, 12, false, null, '${at}', '${at}'), (gen_random_uuid(), 'PB1', 3, 1, 1, true, 'Bali', '${at}', '${at}')`,
  );
}

/** Asks and counts, and compares. */
export async function compare(nadi: TestApp, what: string): Promise<void> {
  const today = nadi.clock.now().toZonedDateTimeISO('Asia/Jakarta').toPlainDate().toString();
  assert.deepEqual(await askedReports(nadi, span), await naiveReports(nadi, today), what);
  assert.deepEqual(await askedSubscriptions(nadi, span), await naiveSubscriptions(nadi, today), what);
}
