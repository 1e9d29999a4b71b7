import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import { sha256Hex } from '#kit/crypto.ts';
import { businessEdition } from '../../server/editions/business.ts';
import type { BuildEdition } from '../../server/editions/edition.ts';
import { vendorParts } from '../../server/editions/vendor.ts';
import { standInHooks } from '../support/fleet-hooks.ts';
import { ok } from '../support/provider.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';

/** The vendor's edition, with stand-ins for what issues licenses and makes patches. */
export const fleetEdition: BuildEdition = (kit) =>
  businessEdition(kit, 'vendor', vendorParts(kit, { fleet: standInHooks(kit) }));

export const fleetApp = (options: TestAppOptions = {}) =>
  testApp({ edition: fleetEdition, env: { APP_URL: 'https://apis.chaospay.pro' }, ...options });

export interface Client {
  readonly id: string;
  readonly agent_code: string;
  readonly license_key: string;
}

/** Adds installations with a license each, in one statement. */
export async function addInstallations(
  nadi: TestApp,
  count: number,
  prefix = 'AG',
): Promise<readonly Client[]> {
  const at = nadi.clock.now().toString();
  const keys = Array.from({ length: count }, (_, n) => `${prefix}-KEY-${n + 1}`);
  await nadi.kit.pool.query(
    `insert into packages (id, name, type, bandwidth, price, created_at, updated_at)
     select nadi_uuid($1), 'Lisensi ' || $2, 'license', null, 100000, $1, $1 where not exists (select from packages where name = 'Lisensi ' || $2)`,
    [at, prefix],
  );
  await nadi.kit.pool.query(
    `insert into customers (id, name, created_at, updated_at) select nadi_uuid($1), 'Pemilik ' || $2, $1, $1
     where not exists (select from customers where name = 'Pemilik ' || $2)`,
    [at, prefix],
  );
  const { rows } = await nadi.kit.pool.query<{ id: string; agent_code: string }>(
    `with l as (insert into licenses (id, customer_id, package_id, key_hash, created_at, updated_at)
       select nadi_uuid($1, k.n), (select id from customers where name = 'Pemilik ' || $2), (select id from packages where name = 'Lisensi ' || $2), k.hash, $1, $1
       from unnest($3::text[]) with ordinality k(hash, n) returning id, key_hash)
     insert into installations (id, license_id, agent_code, state, created_at, updated_at)
     select nadi_uuid($1, k.n), l.id, $2 || '-' || k.n, 'ready', $1, $1
     from l join unnest($3::text[]) with ordinality k(hash, n) on k.hash = l.key_hash returning id, agent_code`,
    [at, prefix, keys.map(sha256Hex)],
  );
  const byCode = new Map(rows.map((row) => [row.agent_code, row.id]));
  return keys.map((license_key, n) => {
    const agent_code = `${prefix}-${n + 1}`;
    return { id: byCode.get(agent_code) ?? '', agent_code, license_key };
  });
}

interface ReleaseOptions {
  readonly channel?: string;
  readonly min_version?: string;
  readonly is_floor?: boolean;
  readonly force?: boolean;
  readonly compatible?: boolean;
  readonly has_migrations?: boolean;
  readonly state?: string;
}

export async function addRelease(
  nadi: TestApp,
  version: string,
  options: ReleaseOptions = {},
): Promise<string> {
  const at = '2026-01-10T10:00:00Z';
  const { rows } = await nadi.kit.pool.query<{ id: string }>(
    `insert into releases (id, version, sort_key, channel, state, min_version, is_floor, force, compatible, has_migrations, changelog, created_at, updated_at, published_at)
     values (gen_random_uuid(), $1, $1, $2, $3, $4, $5, $6, $7, $8, 'Perbaikan', $9, $9, $9) returning id`,
    [
      version,
      options.channel ?? 'stable',
      options.state ?? 'published',
      options.min_version ?? null,
      options.is_floor ?? false,
      options.force ?? false,
      options.compatible ?? true,
      options.has_migrations ?? false,
      at,
    ],
  );
  return rows[0]?.id ?? '';
}

type Path = 'check' | 'report' | 'heartbeat';

/** As the client of spec 1 sends it. */
export function post(nadi: TestApp, path: Path, body: object, headers = {}): Promise<LightMyRequestResponse> {
  return nadi.app.inject({ method: 'POST', url: `/ota/${path}`, payload: body, headers });
}

const info = { php: '8.2.20', laravel: '12.0.1', os: 'Linux', server: 'nginx/1.24' };

/** An installation that speaks the wire; its answers must be 200. */
export function wireOf(nadi: TestApp, { agent_code, license_key }: Client) {
  const sent = async (path: Path, body: object) => {
    const answer = await post(nadi, path, { agent_code, license_key, ...body });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json();
  };
  return {
    check: (current_version: string) => sent('check', { current_version }),
    beat: (current_version: string, client_info: object = info) =>
      sent('heartbeat', { current_version, client_info }),
    report: (version: string, status = 'success', error: string | null = null) =>
      sent('report', { version, status, error }),
    download: (version: string, headers: Record<string, string> = {}) =>
      nadi.app.inject({
        url: `/ota/download/${version}`,
        headers: { 'x-agent-code': agent_code, 'x-license-key': license_key, ...headers },
      }),
  };
}

/** Runs a job of the fleet as its timetable does. */
export async function runJob(nadi: TestApp, name: 'fleet.rollouts' | 'fleet.count'): Promise<void> {
  const job = nadi.edition.jobs.find((each) => each.name === name) ?? assert.fail(name);
  await job.run({}, new AbortController().signal);
}

interface RolloutSeen {
  readonly id: string;
  readonly state: string;
  readonly state_reason: string | null;
  readonly stage: number;
  readonly members: Readonly<Record<string, number>>;
  readonly health: readonly { environment: string; reached: number; healthy: number; failed: number }[];
}

/** Plans a rollout and starts it. */
export async function startRollout(
  nadi: TestApp,
  version: string,
  stages: readonly object[],
): Promise<RolloutSeen> {
  const body = { version, stages: stages.map((stage, n) => ({ name: `Tahap ${n + 1}`, ...stage })) };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/rollouts', body });
  return ok(nadi, { method: 'POST', url: `/api/rollouts/${id}/start` });
}

export const seeRollout = (nadi: TestApp, id: string) =>
  ok<RolloutSeen>(nadi, { url: `/api/rollouts/${id}` });
