import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo, subscriber } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { addConfig, adjust, check, limitOf, memberOf, topUp, use } from './quota-support.ts';

type Kind = 'month' | 'day' | 'days30' | 'months';
type Act =
  | { readonly act: 'use' | 'late' | 'top-up'; readonly tenths: number }
  | { readonly act: 'adjust'; readonly tenths: number | null }
  | { readonly act: 'wait'; readonly days: number }
  | { readonly act: 'check' };

const day = (text: string) => Temporal.PlainDate.from(text);

/** The first day of period `n`, and how far it reaches: written anew, one period after the other. */
function periodsFrom(kind: Kind): Temporal.PlainDate[] {
  const first = { month: '2026-01-01', day: '2026-01-15', days30: '2026-01-15', months: '2025-12-31' }[kind];
  return Array.from({ length: 600 }, (_, n) => {
    const start = day(first);
    if (kind === 'day') return start.add({ days: n });
    if (kind === 'days30') return start.add({ days: 30 * n });
    return start.add({ months: n });
  });
}

/** What must be so, in tenths of a GB; rolled over amounts are bytes, so these are in bytes. */
class Model {
  readonly starts: readonly Temporal.PlainDate[];
  readonly rollover: bigint;
  readonly used = new Map<string, bigint>();
  readonly base: bigint;
  own: bigint | undefined;
  open: { n: number; topup: bigint; rolled: bigint } | undefined;

  constructor(kind: Kind, rollover: number) {
    this.starts = periodsFrom(kind);
    this.rollover = BigInt(rollover);
    this.base = 10n * 10n ** 9n;
  }

  use(on: Temporal.PlainDate, bytes: bigint): void {
    this.used.set(String(on), (this.used.get(String(on)) ?? 0n) + bytes);
  }

  usedIn(n: number): bigint {
    let sum = 0n;
    for (const [text, bytes] of this.used) if (this.holds(n, day(text))) sum += bytes;
    return sum;
  }

  holds(n: number, on: Temporal.PlainDate): boolean {
    const [from, until] = [this.starts[n], this.starts[n + 1]];
    assert.ok(from && until);
    return Temporal.PlainDate.compare(from, on) <= 0 && Temporal.PlainDate.compare(on, until) < 0;
  }

  quota(): bigint {
    return this.own ?? this.base;
  }

  total(): bigint {
    return this.quota() + (this.open?.topup ?? 0n) + (this.open?.rolled ?? 0n);
  }

  /** Goes on to today's period, through those between that were used. */
  look(today: Temporal.PlainDate): void {
    const current = this.starts.findIndex((_, n) => this.holds(n, today));
    if (!this.open) this.open = { n: current, topup: 0n, rolled: 0n };
    while (this.open.n < current) {
      const left = this.total() - this.usedIn(this.open.n);
      const [, unused = 0n] = [0n, left, this.quota()].sort((one, other) => (one < other ? -1 : 1));
      let next: number = this.open.n + 1;
      while (next < current && this.usedIn(next) === 0n) next += 1;
      const carried: bigint = next === this.open.n + 1 ? (unused * this.rollover) / 100n : 0n;
      this.open = { n: next, topup: 0n, rolled: carried };
    }
  }
}

const tenths = fc.integer({ min: 1, max: 60 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ act: fc.constantFrom('use', 'late'), tenths }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('wait'), days: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('check') }) },
  fc.record({ act: fc.constant('top-up'), tenths }),
  fc.record({ act: fc.constant('adjust'), tenths: fc.option(fc.integer({ min: 0, max: 150 })) }),
);

const kinds = {
  month: { end: '2026-02-14' },
  day: { end: '2026-02-14' },
  days30: { end: '2026-02-14' },
  months: { end: '2026-03-31', months: 1 },
} as const;

test('limited is who used at least the quota, whatever was used, added, adjusted and waited for', async () => {
  await using nadi = await testApp();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Kind>('month', 'day', 'days30', 'months'),
      fc.constantFrom(0, 33, 100),
      fc.array(act, { minLength: 3, maxLength: 25 }),
      async (kind, rollover, acts) => {
        goTo(nadi, '2026-01-15');
        await nadi.kit.pool.query('delete from member_quota_config');
        const period = kind === 'month' || kind === 'day' ? kind : 'billing';
        await addConfig(nadi, { period, action: 'block', rollover_percent: rollover });
        const { customerId: id, subscriptionId } = await subscriber(nadi, {
          start: '2026-01-15',
          ...kinds[kind],
        });
        const model = new Model(kind, rollover);
        let today = day('2026-01-15');
        await check(nadi);
        model.look(today);
        for (const step of [...acts, { act: 'check' } as const]) {
          if (step.act === 'wait') {
            today = today.add({ days: step.days });
            goTo(nadi, today.toString());
          } else if (step.act === 'use' || step.act === 'late') {
            const on = step.act === 'late' ? today.subtract({ days: 1 }) : today;
            await use(nadi, subscriptionId, on.toString(), step.tenths / 10);
            model.use(on, BigInt(step.tenths) * 10n ** 8n);
          } else if (step.act === 'adjust') {
            // Its limit counts from now; what is over is closed by it.
            await adjust(nadi, id, step.tenths === null ? null : step.tenths / 10);
            model.own = step.tenths === null ? undefined : BigInt(step.tenths) * 10n ** 8n;
            await check(nadi);
            model.look(today);
          } else if (step.act === 'top-up') {
            await check(nadi);
            model.look(today);
            await topUp(nadi, id, step.tenths / 10);
            if (model.open) model.open.topup += BigInt(step.tenths) * 10n ** 8n;
          } else {
            await check(nadi);
            model.look(today);
            const used = model.usedIn(model.open?.n ?? 0);
            const seen = await memberOf(nadi, id);
            assert.deepEqual(
              [seen.period_start, seen.total_gb, seen.used_gb],
              [String(model.starts[model.open?.n ?? 0]), Number(model.total()) / 1e9, Number(used) / 1e9],
            );
            assert.equal((await limitOf(nadi, subscriptionId)) !== undefined, used >= model.total());
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});
