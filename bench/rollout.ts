import type { FastifyInstance } from 'fastify';
import { buildApp } from '#kit/app.ts';
import type { Kit } from '#kit/kit.ts';
import { businessEdition } from '../server/editions/business.ts';
import { vendorParts } from '../server/editions/vendor.ts';
import { standInHooks } from '../test/support/fleet-hooks.ts';
import { agentCode, licenseKey, loadFleet } from './load-fleet.ts';
import { type Installation, plainHurt, type Stage } from './plain-rollout.ts';
import { benchKit } from './support.ts';

const most = 100_000;
const start = '2026-03-02T02:00:00Z';
/** The one that the release breaks in part. */
const broken = { name: 'php 8.1, laravel 10, linux', share: 0.08 };
const environments = [
  { name: 'php 8.2, laravel 12, linux', share: 0.3 },
  { name: 'php 8.3, laravel 12, linux', share: 0.22 },
  { name: 'php 8.2, laravel 11, linux', share: 0.12 },
  broken,
  { name: 'php 8.3, laravel 11, linux', share: 0.08 },
  { name: 'php 8.4, laravel 12, linux', share: 0.07 },
  { name: 'php 8.1, laravel 10, windows', share: 0.04 },
  { name: 'php 8.2, laravel 12, windows', share: 0.03 },
  { name: 'node 24, linux', share: 0.03 },
  { name: 'node 26, linux', share: 0.03 },
];
const brokenShare = 0.03;
/** Updates that fail for reasons of their own, anywhere. */
const noise = 0.002;

const stages: readonly Stage[] = [
  { name: 'Kenari', count: 1 },
  { name: '1 %', percent: 1 },
  { name: '5 %', percent: 5 },
  { name: '20 %', percent: 20 },
  { name: '50 %', percent: 50 },
  { name: 'Semua', percent: 100 },
].map((stage) => ({ ...stage, soak_minutes: 60, least_judged: 80, most_failed: 2 }));

const stepMinutes = 5;
/** Each asks for updates once in six hours, at a time of its own. */
const checkSteps = 72;
/** Who is not in the rollout is heard of at least so often: less would make no difference to it. */
const beatSteps = 6;
const longestSteps = 24 * 12 * 7;
const atOnce = 250;

/**
 * Issue 6: a fleet of 100,000 and a release that breaks 3 % of one environment, half of which say so, while the others fall silent. How many
 * are hurt before the rollout halts itself, against plain percentages. Driven through the wire, the job and their real tables.
 */
export async function benchRollout(rows: number, print: (line: string) => void): Promise<boolean> {
  const count = Math.min(rows, most);
  await using bench = await benchKit(start);
  const { kit } = bench;
  print(`Loading ${count} installations …`);
  await loadFleet(kit, count, environments, ['1.0.0', '1.1.0']);
  const fleet = await readFleet(kit);
  const breaks = fleet.filter(({ fate }) => fate === 'breaks').length;
  print(`${breaks} of ${count} would break, all of "${broken.name}"`);
  const plain = plainHurt(fleet, stages, { stepMinutes, checkSteps, longestSteps });
  print(`plain percentages: ${plain.hurt} hurt, ${plain.end}`);
  const { hurt, end } = await simulate(kit, (minutes) => bench.clock.advance({ minutes }), fleet);
  print(`by health and environment: ${hurt} hurt, ${end}`);
  print(`ratio: ${(plain.hurt / Math.max(1, hurt)).toFixed(1)} to 1`);
  return hurt * 2 < plain.hurt;
}

/** Whom the release breaks, whose update fails by itself, and when each asks, by numbers that have nothing to do with its lot. */
async function readFleet(kit: Kit): Promise<readonly Installation[]> {
  const { rows } = await kit.pool.query<{
    id: string;
    code: string;
    environment: string;
    lot: number;
    luck: number;
    phase: number;
  }>(
    `select i.id, i.agent_code as code, f.environment, f.lot, (hashtext('luck' || i.agent_code) & 1048575) / 1048576.0::float8 as luck,
       (hashtext('phase' || i.agent_code) & 1048575) % ${checkSteps} as phase
     from installations i join fleet_installations f on f.installation_id = i.id order by i.id`,
  );
  return rows.map(({ luck, ...row }, n) => {
    const breaks = row.environment === broken.name && luck < brokenShare;
    return { ...row, n, fate: breaks ? 'breaks' : luck > 1 - noise ? 'fails' : 'works' };
  });
}

async function simulate(kit: Kit, wait: (minutes: number) => void, fleet: readonly Installation[]) {
  const edition = businessEdition(kit, 'vendor', vendorParts(kit, { fleet: standInHooks(kit) }));
  const app = await buildApp(kit, edition, { limitRates: false });
  const job = edition.jobs.find(({ name }) => name === 'fleet.rollouts');
  const rolloutId = await startRollout(kit, app);
  const byId = new Map(fleet.map((each) => [each.id, each]));
  const dead = new Set<string>();
  let hurt = 0;
  for (let step = 0; step < longestSteps; step += 1) {
    wait(stepMinutes);
    if (step % beatSteps === 0) await beatAll(kit, dead);
    else await beatMembers(kit, rolloutId, dead);
    const due = (await openMembers(kit, rolloutId)).flatMap((id) => byId.get(id) ?? []);
    const asking = due.filter(({ phase }) => step % checkSteps === phase);
    await inLots(asking, async (each) => {
      if (!(await isOffered(app, each))) return;
      const silent = each.fate === 'breaks' && each.n % 2 === 0;
      if (each.fate === 'breaks') hurt += 1;
      if (silent) dead.add(each.id);
      else
        await send(app, 'report', each, {
          version: '1.1.0',
          status: each.fate === 'works' ? 'success' : 'failed',
          error: 'x',
        });
    });
    await job?.run({}, new AbortController().signal);
    const { state, stage, reason } = await readRollout(kit, rolloutId);
    if (state !== 'running') {
      await app.close();
      const hours = (((step + 1) * stepMinutes) / 60).toFixed(1);
      return { hurt, end: `${state} in stage "${stages[stage]?.name}" after ${hours} h: ${reason ?? ''}` };
    }
  }
  await app.close();
  return { hurt, end: 'still running' };
}

async function startRollout(kit: Kit, app: FastifyInstance): Promise<string> {
  const { rows } = await kit.pool.query<{ id: string }>(
    `insert into rollouts (id, release_id, stages, state, starts_at, created_at, updated_at)
     select gen_random_uuid(), id, $1, 'waiting', $2, $2, $2 from releases where version = '1.1.0' returning id`,
    [
      JSON.stringify(
        stages.map((stage) => ({
          cohorts: [],
          window_from: null,
          window_until: null,
          needs_approval: false,
          ...stage,
        })),
      ),
      kit.clock.now().toString(),
    ],
  );
  await app.ready();
  return rows[0]?.id ?? '';
}

/** Heartbeats of all that live, in one statement as the wire writes them. */
async function beatAll(kit: Kit, dead: ReadonlySet<string>): Promise<void> {
  await kit.pool.query(
    'update fleet_installations set last_heartbeat_at = $1 where installation_id <> all($2::uuid[])',
    [kit.clock.now().toString(), [...dead]],
  );
}

async function beatMembers(kit: Kit, rolloutId: string, dead: ReadonlySet<string>): Promise<void> {
  await kit.pool.query(
    `update fleet_installations f set last_heartbeat_at = $1 from rollout_members m
     where m.rollout_id = $2 and m.installation_id = f.installation_id and f.installation_id <> all($3::uuid[])`,
    [kit.clock.now().toString(), rolloutId, [...dead]],
  );
}

/** Of the others a check would tell that there is nothing for them. */
async function openMembers(kit: Kit, rolloutId: string): Promise<readonly string[]> {
  const { rows } = await kit.pool.query<{ id: string }>(
    `select installation_id as id from rollout_members where rollout_id = $1 and state = 'offered'`,
    [rolloutId],
  );
  return rows.map(({ id }) => id);
}

async function readRollout(
  kit: Kit,
  id: string,
): Promise<{ state: string; stage: number; reason: string | null }> {
  const { rows } = await kit.pool.query(
    `select case when state = 'waiting' then 'running' else state end as state, stage, state_reason as reason from rollouts where id = $1`,
    [id],
  );
  return rows[0];
}

async function isOffered(app: FastifyInstance, each: Installation): Promise<boolean> {
  const { has_update: hasUpdate, version } = await send(app, 'check', each, { current_version: '1.0.0' });
  return hasUpdate === true && version === '1.1.0';
}

async function send(app: FastifyInstance, path: string, { code, n }: Installation, more: object) {
  const who = { agent_code: agentCode(n + 1), license_key: licenseKey(n + 1) };
  if (who.agent_code !== code) throw new Error(`${code} is not ${who.agent_code}.`);
  const answer = await app.inject({ method: 'POST', url: `/ota/${path}`, payload: { ...who, ...more } });
  if (answer.statusCode !== 200) throw new Error(`/ota/${path}: ${answer.body}`);
  return answer.json<Record<string, unknown>>();
}

async function inLots<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += atOnce)
    await Promise.all(items.slice(from, from + atOnce).map(work));
}
