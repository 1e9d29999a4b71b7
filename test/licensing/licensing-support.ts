import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { LightMyRequestResponse } from 'fastify';
import { type ErrorCode, errorCatalog } from '#contract';
import { hashKey, parseKey } from '#license-token';
import { businessEdition } from '../../server/editions/business.ts';
import type { BuildEdition } from '../../server/editions/edition.ts';
import { vendorParts } from '../../server/editions/vendor.ts';
import {
  type LicenseSigner,
  type LicensingHooks,
  licensingModule,
} from '../../server/modules/licensing/index.ts';
import { proveAgain } from '../../server/modules/portal/index.ts';
import { ok } from '../support/provider.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';

/** Signs as the online role does: with the newest key, while those before are still believed. */
class StandInSigner implements LicenseSigner {
  readonly #keys = [newKey('online-1')];
  readonly #own = () => this.#keys.at(-1) ?? newKey('none');

  current = async () => this.#own();
  keys = async () => this.#keys.map((key) => ({ ...key, standing: 'believed' as const }));

  rotate(): void {
    this.#keys.push(newKey(`online-${this.#keys.length + 1}`));
  }
}

const newKey = (kid: string) => ({ kid, ...generateKeyPairSync('ed25519') });

export const signer = new StandInSigner();

/** What the fleet would have for any installation. */
export const directives: Awaited<ReturnType<LicensingHooks['directivesOf']>>[number][] = [];

const edition: BuildEdition = (kit) => {
  const parts = vendorParts(kit);
  const licensing = licensingModule(kit, {
    signer,
    directivesOf: async () => directives,
    afterMoved: async () => {},
    afterGone: async () => {},
    proveAgain: (call, password) => proveAgain(kit, call, password),
  });
  return businessEdition(kit, 'vendor', {
    ...parts,
    own: (hooks) => parts.own(hooks).map((module) => (module.name === 'licensing' ? licensing : module)),
  });
};

/** A vendor's server, whose tokens are signed by {@link signer}. */
export const vendorApp = (options: TestAppOptions = {}): Promise<TestApp> => testApp({ edition, ...options });

let count = 0;

export interface Sold {
  readonly customerId: string;
  readonly packageId: string;
  readonly licenseId: string;
  readonly key: string;
}

/** A customer with a license by hand, of a package with a plan of its own, and its key. */
export async function addLicense(
  nadi: TestApp,
  { plan = {}, license = {} }: { readonly plan?: object; readonly license?: object } = {},
): Promise<Sold> {
  const { packageId, customerId } = await addPlan(nadi, plan);
  const body = { customer_id: customerId, package_id: packageId, ...license };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/licenses', body });
  return { customerId, packageId, licenseId: id, key: await drawKey(nadi, id) };
}

/** A customer, and a package of the type license with a plan. */
export async function addPlan(
  nadi: TestApp,
  plan: object = {},
): Promise<{ packageId: string; customerId: string }> {
  count += 1;
  const customer = { name: `Hotel ${count}`, email: `hotel-${count}@vendor.test` };
  const { id: customerId } = await ok(nadi, { method: 'POST', url: '/api/customers', body: customer });
  const pack = { name: `Standalone ${count}`, type: 'license', price: '1000000', period_months: 1 };
  const { id: packageId } = await ok(nadi, { method: 'POST', url: '/api/packages', body: pack });
  const terms = { features: { channel_manager: true }, limits: { max_rooms: 100, max_users: 30 } };
  await ok(nadi, {
    method: 'POST',
    url: '/api/license-plans',
    body: { package_id: packageId, ...terms, ...plan },
  });
  return { packageId, customerId };
}

export async function drawKey(nadi: TestApp, licenseId: string): Promise<string> {
  const drawn = await ok<{ license_key: string }>(nadi, {
    method: 'POST',
    url: `/api/licenses/${licenseId}/key`,
  });
  return drawn.license_key;
}

export interface Box {
  readonly installId: string;
  readonly hostname: string;
  readonly parts: Readonly<Record<'machine_id' | 'mac' | 'disk' | 'cpu' | 'hostname', string | null>>;
}

/** A machine with five parts of its own, or with some of another's. */
export function box(changed: Partial<Box['parts']> = {}, installId: string = randomUUID()): Box {
  count += 1;
  const name = `mesin-${count}`;
  const own = {
    machine_id: `id-${name}`,
    mac: `mac-${name}`,
    disk: `disk-${name}`,
    cpu: `cpu-${name}`,
    hostname: name,
  };
  return { installId, hostname: name, parts: { ...own, ...changed } };
}

/** What a machine says of itself; its parts are salted with the key's hash. */
function fingerprint({ parts }: Box, key: string) {
  const parsed = parseKey(key);
  const salt = 'key' in parsed ? hashKey(parsed.key) : 'none';
  const hashed = (text: string | null) =>
    text === null ? null : createHash('sha256').update(salt).update(text).digest('hex');
  const components = Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, hashed(value)]));
  return { digest: `sha256:${hashed(JSON.stringify(parts))}`, components };
}

export const pairing = (key: string, machine: Box, more: object = {}) => ({
  license_key: key,
  install_id: machine.installId,
  fingerprint: fingerprint(machine, key),
  app_version: '1.4.0',
  hostname: machine.hostname,
  ...more,
});

export const beating = (key: string, machine: Box, counter: number, more: object = {}) => ({
  install_id: machine.installId,
  fingerprint: fingerprint(machine, key),
  app_version: '1.4.0',
  usage: { rooms: 24, users: 8 },
  counter,
  ...more,
});

export interface Answered {
  readonly token: string;
  readonly agent_code: string;
  readonly installation_secret: string;
  readonly [key: string]: unknown;
}

/** Calls the wire as an installation does: without signing in, and with its token where it has one. */
export function call(
  nadi: TestApp,
  path: 'pair' | 'heartbeat' | 'migrate' | 'rotate-token' | 'unpair',
  body: unknown,
  { token, language = 'en', ip = '203.0.113.7', ...headers }: Record<string, string | undefined> = {},
): Promise<LightMyRequestResponse> {
  return nadi.request({
    as: 'nobody',
    method: 'POST',
    url: `/api/license/${path}`,
    body,
    remoteAddress: ip ?? '203.0.113.7',
    headers: {
      'accept-language': language ?? 'en',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(headers as Record<string, string>), // Those that are undefined were taken out above.
    },
  });
}

/** As {@link call}, where it must succeed. */
export async function done(...given: Parameters<typeof call>): Promise<Answered> {
  const answer = await call(...given);
  assert.equal(answer.statusCode, 200, `${given[1]}: ${answer.body}`);
  return answer.json();
}

/** A license with a machine that is paired with it; `beat` sends its heartbeats, with the token that it is given. */
export async function paired(nadi: TestApp, options: Parameters<typeof addLicense>[1] = {}) {
  const sold = await addLicense(nadi, options);
  const machine = box();
  const {
    token,
    agent_code: agentCode,
    installation_secret: secret,
  } = await done(nadi, 'pair', pairing(sold.key, machine));
  const beat = (shown: string | undefined, counter: number, more: object = {}) =>
    call(nadi, 'heartbeat', beating(sold.key, machine, counter, more), { token: shown });
  return { ...sold, machine, token, agentCode, secret, beat };
}

/** Checks that a request was refused with this code, in the wire's own shape. */
export function refusedWith(answer: LightMyRequestResponse, code: string): string {
  const shown = `${answer.statusCode} ${answer.body}`;
  const body = answer.json();
  assert.equal(body.code, code, shown);
  const found = [`license_${code.toLowerCase()}`, code.toLowerCase()].find((name) =>
    Object.hasOwn(errorCatalog, name),
  );
  assert.equal(answer.statusCode, errorCatalog[found as ErrorCode].status, shown); // One of them is a code.
  assert.equal(body.status, answer.statusCode, shown);
  assert.match(body.message, /^[A-Z]/, shown);
  assert.match(body.action, /^[A-Z].*\.$/, shown);
  assert.match(body.help_url, new RegExp(`/bantuan/lisensi\\?language=(en|id)#${code}$`), shown);
  return body.message;
}

/** The rows of a table, for what no answer shows. */
export async function rowsOf(
  nadi: TestApp,
  sql: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return (await nadi.kit.pool.query(sql, values)).rows;
}
