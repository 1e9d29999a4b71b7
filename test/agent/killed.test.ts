import { after, test } from 'node:test';
import { struckAgent, Worlds } from './kill-matrix.ts';
import { type Blow, blowsOf, strikes } from './strike-calls.ts';
import type { StruckProcess } from './struck-process.ts';
import { layouts, scenarios } from './update-world.ts';
import { type DatabaseKind, worldDatabases } from './world-databases.ts';

/** `./nadi test --full` strikes everywhere; else so many of each combination: a fair sample. */
const isWhole = process.env.NADI_TEST_FULL !== undefined;
const samples: Readonly<Record<DatabaseKind, number>> = { sqlite: 3, postgres: 1, mariadb: 1 };
const atOnce = 3;
const agents = Array.from({ length: atOnce }, struckAgent);
const servers: (Promise<AsyncDisposable> | undefined)[] = [];
const worldsMade: (Promise<AsyncDisposable> | undefined)[] = [];
after(async () => {
  for (const each of [...agents, ...worldsMade, ...servers]) await (await each)?.[Symbol.asyncDispose]();
});
let sum = 0;
let place = 0;

for (const database of Object.keys(samples) as DatabaseKind[]) {
  const { missing, start } = worldDatabases[database];
  const server = missing === false ? start() : undefined;
  servers.push(server);
  for (const layout of layouts) {
    const worlds = server?.then((is) => new Worlds(database, layout, is));
    worldsMade.push(worlds);
    for (const scenario of scenarios)
      for (const strike of strikes) {
        // Each begins elsewhere, so that together they strike everywhere.
        const shift = (++place * 0.618_034) % 1;
        test(`${scenario} on ${database}, ${layout}: "${strike}" anywhere ends exactly old or exactly new, and the next one succeeds`, {
          skip: missing,
        }, async (t) => {
          const world = await worlds;
          if (world === undefined) return;
          const { calls } = await world.prepare(scenario);
          const all = blowsOf(calls, strike);
          const chosen = isWhole ? all : sampleOf(all, samples[database], shift);
          const ends = { old: 0, new: 0, byItself: 0 };
          await inTurns(chosen, async (blow, by) => {
            const end = await world.strike(scenario, blow, by);
            ends[end.is] += 1;
            if (end.byItself) ends.byItself += 1;
          });
          sum += chosen.length;
          t.diagnostic(
            `${chosen.length} of ${all.length} strikes: ${ends.old} ended old, ${ends.new} new; ${ends.byItself} in the same process; ${sum} so far`,
          );
        });
      }
  }
}

function sampleOf(all: readonly Blow[], count: number, shift: number): readonly Blow[] {
  const every = all.length / Math.min(count, all.length);
  return Array.from(
    { length: Math.min(count, all.length) },
    (_, n) => all[Math.floor((n + shift) * every)],
  ).filter((blow) => blow !== undefined);
}

/** Whoever is free takes the next one. */
async function inTurns(
  all: readonly Blow[],
  work: (blow: Blow, by: StruckProcess) => Promise<void>,
): Promise<void> {
  const left = [...all];
  const turns = agents.map(async (by) => {
    for (let blow = left.shift(); blow !== undefined; blow = left.shift()) await work(blow, by);
  });
  await Promise.all(turns);
}
