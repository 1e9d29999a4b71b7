import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Health, judge, type Stage, shareOf } from '../../server/modules/fleet/rollout-rules.ts';
import type { TestApp } from '../support/test-app.ts';
import {
  addInstallations,
  addRelease,
  type Client,
  fleetApp,
  runJob,
  seeRollout,
  startRollout,
  wireOf,
} from './fleet-world.ts';

// Random fleets and releases against a simple model: what becomes of each, and whether the rollout goes on.

type Fate = 'works' | 'quiet' | 'fails' | 'silent' | 'reverts' | 'idle';
const ends: Readonly<Record<Fate, string>> = {
  works: 'healthy',
  quiet: 'healthy',
  fails: 'failed',
  silent: 'silent',
  reverts: 'rolled_back',
  idle: 'told',
};

interface Machine {
  readonly client: Client;
  readonly environment: string;
  readonly fate: Fate;
  version: string;
  isDead: boolean;
  hasTaken: boolean;
}

const fate = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fate>('works') },
  { weight: 2, arbitrary: fc.constant<Fate>('quiet') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('fails', 'silent', 'reverts', 'idle') },
);
const fleets = fc.record({
  machines: fc.array(fc.record({ fate, environment: fc.constantFrom('8.1', '8.2', '8.3') }), {
    minLength: 3,
    maxLength: 30,
  }),
  percent: fc.integer({ min: 1, max: 100 }),
  count: fc.integer({ min: 1, max: 6 }),
  most_failed: fc.integer({ min: 0, max: 40 }),
  least_judged: fc.integer({ min: 0, max: 100 }),
});

async function beat(nadi: TestApp, machines: readonly Machine[]): Promise<void> {
  const alive = machines.filter(({ isDead }) => !isDead);
  const info = (environment: string) => ({ php: `${environment}.1`, os: 'Linux' });
  await Promise.all(
    alive.map(({ client, version, environment }) => wireOf(nadi, client).beat(version, info(environment))),
  );
}

/** Everybody asks, and those who are offered the release take it as is their fate. Gives who was offered it. */
async function ask(nadi: TestApp, machines: readonly Machine[]): Promise<readonly Machine[]> {
  const asking = machines.filter(({ isDead, version }) => !isDead && version === '1.0.0');
  const offers = await Promise.all(asking.map(({ client }) => wireOf(nadi, client).check('1.0.0')));
  const offered = asking.filter((_, n) => offers[n].version === '1.1.0');
  for (const machine of offered.filter(({ hasTaken, fate: of }) => !hasTaken && of !== 'idle')) {
    machine.hasTaken = true;
    if (machine.fate === 'silent') machine.isDead = true;
    else if (machine.fate !== 'fails') machine.version = '1.1.0';
    if (machine.fate === 'fails') await wireOf(nadi, machine.client).report('1.1.0', 'failed', 'x');
    if (machine.fate === 'works' || machine.fate === 'reverts')
      await wireOf(nadi, machine.client).report('1.1.0');
  }
  return offered;
}

/** How they fare: as soon as they took it, and once all is known of them. */
function healthOf(members: readonly Machine[], isEarly: boolean): Health[] {
  return [...Map.groupBy(members, ({ environment }) => environment)].map(([environment, all]) => {
    const count = (...fates: readonly Fate[]) => all.filter(({ fate: of }) => fates.includes(of)).length;
    return {
      environment,
      reached: all.length,
      updated: isEarly ? count('works', 'quiet', 'reverts') : 0,
      healthy: isEarly ? 0 : count('works', 'quiet'),
      failed: isEarly ? count('fails') : count('fails', 'silent', 'reverts'),
    };
  });
}

test('whatever the fleet: who is drawn, what becomes of each, and whether it goes on are as the model has it', async () => {
  await using nadi = await fleetApp();
  // Published releases are never deleted but here, where each fleet begins anew.
  await nadi.kit.pool.query('alter table releases disable trigger releases_moves');
  let fleetsSeen = 0;
  await fc.assert(
    fc.asyncProperty(fleets, async ({ machines: given, percent, count, ...limits }) => {
      fleetsSeen += 1;
      await nadi.kit.pool.query('delete from rollouts');
      await nadi.kit.pool.query('delete from fleet_installations');
      await nadi.kit.pool.query('delete from releases');
      await addRelease(nadi, '1.0.0');
      await addRelease(nadi, '1.1.0');
      const clients = await addInstallations(nadi, given.length, `M${fleetsSeen}`);
      const machines = given.map((each, n): Machine => {
        const client = clients[n] ?? assert.fail();
        return { ...each, client, version: '1.0.0', isDead: false, hasTaken: false };
      });
      await beat(nadi, machines);
      const common = { soak_minutes: 60, ...limits };
      const stages = [
        { ...common, ...(fleetsSeen % 2 === 0 ? { percent } : { count }) },
        { percent: 100, needs_approval: true, ...common },
      ];
      const { id } = await startRollout(nadi, '1.1.0', stages);
      const members = await ask(nadi, machines);
      const sizes = Map.groupBy(machines, ({ environment }) => environment);
      if (fleetsSeen % 2 === 1) assert.equal(members.length, Math.min(count, machines.length));
      else
        for (const [environment, all] of sizes)
          assert.equal(
            members.filter((each) => each.environment === environment).length,
            shareOf(all.length, percent),
          );
      // Of a few, no environment has two before each has one.
      if (fleetsSeen % 2 === 1 && count >= sizes.size)
        assert.equal(new Set(members.map((each) => each.environment)).size, sizes.size);
      await beat(nadi, machines);
      await runJob(nadi, 'fleet.rollouts');
      for (let gone = 0; gone < 180; gone += 20) {
        nadi.clock.advance({ minutes: 20 });
        if (gone === 20) for (const each of members) if (each.fate === 'reverts') each.version = '1.0.0';
        await beat(nadi, machines);
      }
      await runJob(nadi, 'fleet.rollouts');
      const seen = await seeRollout(nadi, id);
      const expected = Object.fromEntries(
        [...Map.groupBy(members, ({ fate: of }) => ends[of])].map(([state, all]) => [state, all.length]),
      );
      assert.deepEqual({ ...seen.members }, expected);
      const stage = {
        name: 'x',
        cohorts: [],
        window_from: null,
        window_until: null,
        needs_approval: false,
        ...common,
      } satisfies Stage;
      const kinds = [true, false].map((isEarly) => judge(stage, healthOf(members, isEarly)).kind);
      const state = kinds.includes('halt') ? 'halted' : kinds.includes('advance') ? 'waiting' : 'running';
      assert.equal(seen.state, state);
      const later = await ask(
        nadi,
        machines.filter((each) => !members.includes(each)),
      );
      assert.deepEqual(later, []);
    }),
    { numRuns: 15 },
  );
});
