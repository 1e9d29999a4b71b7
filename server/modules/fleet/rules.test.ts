import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Health, judge, type Stage, shareOf, tail } from './rollout-rules.ts';
import { environmentOf, isWithin, lifeState, restHours, seemsCloned } from './rules.ts';
import { compareVersions, parseVersion } from './version.ts';

const stage: Stage = {
  name: 'x',
  percent: 5,
  cohorts: [],
  window_from: null,
  window_until: null,
  soak_minutes: 60,
  needs_approval: false,
  least_judged: 80,
  most_failed: 2,
};

const healthy = fc.array(
  fc.record({
    reached: fc.integer({ min: 1, max: 5000 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 12 },
);

test('without failures a stage never halts, and is over exactly when enough were judged', () => {
  fc.assert(
    fc.property(healthy, (environments) => {
      const health = environments.map(
        ({ reached, share }, n): Health => ({
          environment: `e${n}`,
          reached,
          updated: 0,
          healthy: Math.floor(reached * share),
          failed: 0,
        }),
      );
      const reached = health.reduce((sum, each) => sum + each.reached, 0);
      const judged = health.reduce((sum, each) => sum + each.healthy, 0);
      assert.equal(judge(stage, health).kind, judged >= reached * 0.8 ? 'advance' : 'wait');
    }),
  );
});

test('more failures than the stage allows always halt it', () => {
  fc.assert(
    fc.property(healthy, fc.nat(), (environments, extra) => {
      const reached = environments.reduce((sum, each) => sum + each.reached, 0);
      const failed = Math.min(reached, Math.floor(reached * 0.02) + 1 + (extra % 10));
      let left = failed;
      const health = environments.map(({ reached: here }, n): Health => {
        const mine = Math.min(left, here);
        left -= mine;
        return { environment: `e${n}`, reached: here, updated: 0, healthy: 0, failed: mine };
      });
      assert.equal(judge(stage, health).kind, 'halt');
    }),
  );
});

test('a failure more never turns a halt into going on', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 3000 }),
      fc.integer({ min: 0, max: 60 }),
      fc.integer({ min: 0, max: 40 }),
      (size, here, others) => {
        const of = (failed: number) =>
          judge(stage, [
            {
              environment: 'a',
              reached: size,
              updated: 0,
              healthy: size - Math.min(size, failed),
              failed: Math.min(size, failed),
            },
            { environment: 'b', reached: 5000, updated: 0, healthy: 5000 - others, failed: others },
          ]);
        if (of(here).kind === 'halt') assert.equal(of(here + 1).kind, 'halt');
      },
    ),
  );
});

test('failures that gather in one environment halt long before the whole does; the same spread out do not', () => {
  const others = Array.from({ length: 9 }, (_, n) => ({
    environment: `e${n}`,
    reached: 500,
    updated: 0,
    healthy: 500,
    failed: 0,
  }));
  const gathered = judge(stage, [
    ...others,
    { environment: 'broken', reached: 500, updated: 0, healthy: 191, failed: 9 },
  ]);
  assert.deepEqual(gathered, { kind: 'halt', failed: 9, tried: 200, environment: 'broken' });
  const spread = judge(
    stage,
    others.map((each) => ({ ...each, updated: 0, healthy: 499, failed: 1 })),
  );
  assert.equal(spread.kind, 'advance');
});

test('first failures are weighed against all who took it, not against the few whose health is known already', () => {
  const others = { environment: 'a', reached: 1000, updated: 400, healthy: 0, failed: 3 };
  assert.equal(judge(stage, [others, { ...others, environment: 'b', failed: 1 }]).kind, 'wait');
  assert.equal(judge(stage, [{ ...others, updated: 0 }]).kind, 'halt');
});

test('the tail is that of the binomial distribution', () => {
  const exact = (least: number, count: number, rate: number) => {
    let term = (1 - rate) ** count;
    let below = 0;
    for (let k = 0; k < least; k += 1) {
      below += term;
      term *= ((count - k) / (k + 1)) * (rate / (1 - rate));
    }
    return 1 - below;
  };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.nat(300),
      fc.double({ min: 0.001, max: 0.6, noNaN: true }),
      (count, k, rate) => {
        const least = k % (count + 1);
        assert.ok(Math.abs(tail(least, count, rate) - exact(least, count, rate)) < 1e-6);
      },
    ),
  );
});

test('a share is of each environment, at least some of it and never more than there are', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 100 }), (size, percent) => {
      const share = shareOf(size, percent);
      assert.ok(share >= 1 && share <= size && share >= Math.floor((size * percent) / 100));
      assert.ok(share <= Math.max(Math.ceil((size * percent) / 100), 20));
      assert.equal(shareOf(size, 100), size);
    }),
  );
});

test('versions are ordered as semver 2.0.0 has it, and what is none is none', () => {
  const ordered = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.0.1',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  const versions = ordered.map((text) => parseVersion(text) ?? assert.fail(text));
  for (const [n, one] of versions.entries())
    for (const [m, other] of versions.entries())
      assert.equal(Math.sign(compareVersions(one, other)), Math.sign(n - m));
  assert.equal(parseVersion('v1.2.3+build.5')?.text, '1.2.3');
  for (const text of [
    '',
    '1',
    '1.0',
    '01.0.0',
    '1.0.0-',
    '1.0.0-01',
    '1.0.0 ',
    'x',
    '1.0.0-a..b',
    `1.0.${'9'.repeat(20)}`,
    '1.0.0\n',
    '1.0.0-é',
  ])
    assert.equal(parseVersion(text), undefined, text);
});

test('an installation is online, late and silent by its last sign', () => {
  const at = (minutes: number) => lifeState(0, minutes * 60_000);
  assert.deepEqual(
    [at(15), at(16), at(60), at(61), lifeState(undefined, 0)],
    ['online', 'late', 'late', 'silent', 'silent'],
  );
});

test('rests grow to a week', () => {
  assert.deepEqual([0, 1, 2, 3, 8, 9, 100].map(restHours), [0, 1, 2, 4, 128, 168, 168]);
});

test('the environment is what may break an update, whatever else is told', () => {
  assert.equal(
    environmentOf({ php: '8.2.20', laravel: '12.0.1', os: 'Linux', server: 'nginx' }),
    'php 8.2, laravel 12, linux',
  );
  assert.equal(environmentOf({ node: 'v26.3.1', os: 'Darwin 25.1' }), 'node 26, darwin');
  assert.equal(environmentOf({}), 'unknown');
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), (info) => environmentOf(info).length <= 200),
  );
});

test('hours reach past midnight, and clones need three returns within a day', () => {
  assert.deepEqual(
    ['21:59', '22:00', '03:59', '04:00'].map((time) => isWithin(time, '22:00', '04:00')),
    [false, true, true, false],
  );
  assert.ok(
    isWithin('12:00', null, null) &&
      isWithin('09:00', '09:00', '10:00') &&
      !isWithin('10:00', '09:00', '10:00'),
  );
  assert.deepEqual(
    [seemsCloned(2, 0, 1), seemsCloned(3, 0, 1), seemsCloned(9, 0, 90_000_000)],
    [false, true, false],
  );
});
