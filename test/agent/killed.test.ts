import { after, test } from 'node:test';
import { struckAgent, Worlds } from './kill-matrix.ts';
import { type Blow, blowsOf, type Strike, strikes } from './strike-calls.ts';
import type { StruckProcess } from './struck-process.ts';
import { layouts, type Scenario, scenarios, type World } from './update-world.ts';
import { type DatabaseKind, type WorldServer, worldDatabases } from './world-databases.ts';

/** `./nadi test --full` strikes everywhere; else so many of each combination: a fair sample. */
const isWhole = process.env.NADI_TEST_FULL !== undefined;
const samples: Readonly<Record<DatabaseKind, number>> = { sqlite: 2, postgres: 1, mariadb: 1 };
const atOnce = 3;

interface Combination {
  readonly database: DatabaseKind;
  readonly layout: World['layout'];
  readonly scenario: Scenario;
  readonly strike: Strike;
}

const combinations = (Object.keys(samples) as DatabaseKind[]).flatMap((database) =>
  layouts.flatMap((layout) =>
    scenarios.flatMap((scenario) =>
      strikes.map((strike): Combination => ({ database, layout, scenario, strike })),
    ),
  ),
);

const agents = Array.from({ length: atOnce }, struckAgent);
const servers = new Map<DatabaseKind, Promise<WorldServer>>();
const made = new Map<string, Promise<Worlds>>();
after(async () => {
  for (const each of [...agents, ...made.values(), ...servers.values()])
    await (await each)[Symbol.asyncDispose]();
});

/** One server for all of a kind. */
function serverOf(database: DatabaseKind): Promise<WorldServer> {
  const server = servers.get(database) ?? worldDatabases[database].start();
  servers.set(database, server);
  return server;
}

function worldsOf({ database, layout }: Combination): Promise<Worlds> {
  const key = `${database} ${layout}`;
  const worlds = made.get(key) ?? serverOf(database).then((server) => new Worlds(database, layout, server));
  made.set(key, worlds);
  return worlds;
}

const sum = { combinations: 0, strikes: 0, of: 0, old: 0, new: 0 };

for (const [n, combination] of combinations.entries()) {
  const { database, layout, scenario, strike } = combination;
  test(`${scenario} on ${database}, ${layout}: "${strike}" anywhere ends exactly old or exactly new, and the next one succeeds`, {
    skip: worldDatabases[database].missing,
  }, async (t) => {
    const worlds = await worldsOf(combination);
    const all = blowsOf((await worlds.prepare(scenario)).calls, strike);
    // Each begins elsewhere, so that together they strike everywhere.
    const chosen = isWhole ? all : sampleOf(all, samples[database], ((n + 1) * 0.618_034) % 1);
    const ends = { old: 0, new: 0, byItself: 0 };
    await inTurns(chosen, async (blow, by) => {
      const end = await worlds.strike(scenario, blow, by);
      ends[end.is] += 1;
      if (end.byItself) ends.byItself += 1;
    });
    sum.combinations += 1;
    sum.strikes += chosen.length;
    sum.of += all.length;
    sum.old += ends.old;
    sum.new += ends.new;
    t.diagnostic(
      `${chosen.length} of ${all.length} strikes: ${ends.old} ended old, ${ends.new} new; ${ends.byItself} in the same process`,
    );
  });
}

test('all combinations in sum', (t) => {
  t.diagnostic(
    `${sum.combinations} of ${combinations.length} combinations, ${sum.strikes} of ${sum.of} strikes: ${sum.old} ended old, ${sum.new} new`,
  );
});

function sampleOf(all: readonly Blow[], count: number, shift: number): readonly Blow[] {
  const most = Math.min(count, all.length);
  return Array.from({ length: most }, (_, n) => all[Math.floor(((n + shift) * all.length) / most)]).filter(
    (blow) => blow !== undefined,
  );
}

/** Whoever is free takes the next one. @throws what failed first, once all have come to an end */
async function inTurns(
  all: readonly Blow[],
  work: (blow: Blow, by: StruckProcess) => Promise<void>,
): Promise<void> {
  const left = [...all];
  const turns = agents.map(async (by) => {
    for (let blow = left.shift(); blow !== undefined; blow = left.shift()) await work(blow, by);
  });
  for (const turn of await Promise.allSettled(turns)) if (turn.status === 'rejected') throw turn.reason;
}
