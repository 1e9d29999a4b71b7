import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { allEndpoints, type NamedEndpoint, type Role, rolePermissions, roles } from '#contract';
import { contractApp } from './contract-app.ts';
import { databaseDigest } from './digest.ts';
import { addCustomerToken, portalOf } from './portal-world.ts';
import { attemptOf, refusalOf, send } from './send.ts';
import { sharingWorlds } from './shared-world.ts';
import { addUser, newWorld } from './world.ts';

const nadi = await contractApp();
after(() => nadi[Symbol.asyncDispose]());
const digest = await databaseDigest(nadi.kit.pool);
const prepared = await sharingWorlds(nadi);

/** Refusals beyond the permission: only who holds all that an account may do, without limits, manages accounts. */
const ownRules: Readonly<Record<string, readonly Caller['kind'][]>> = {
  createUser: ['limited', 'admin'],
  updateUser: ['limited', 'admin'],
  changeMyPassword: ['limited', 'none'],
  createToken: ['limited', 'none'],
  revokeToken: ['limited', 'none'],
  setUpTwoFactor: ['limited', 'none'],
  confirmTwoFactor: ['limited', 'none'],
  disableTwoFactor: ['limited', 'none'],
  renewRecoveryCodes: ['limited', 'none'],
  deleteUser: ['limited'],
  issueUserPasswordReset: ['limited'],
  disableUserTwoFactor: ['limited'],
};

interface Caller {
  readonly kind:
    | Role
    | 'limited'
    | 'none'
    | 'expired'
    | 'revoked'
    | 'inactive'
    | 'garbage'
    | 'nobody'
    | 'cookie'
    | 'customer';
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const invalid: readonly Caller['kind'][] = ['expired', 'revoked', 'inactive', 'garbage', 'nobody', 'cookie'];

const lapsed = await invalidCallers();
let callers = 0;

/** Somebody of the portal, signed in anew: one session signs out of all. */
const { ids: portalIds, email } = await portalOf(await newWorld(nadi), nadi);
const customer = async (): Promise<Caller> => ({
  kind: 'customer',
  token: await addCustomerToken(nadi, portalIds.customer ?? '', email),
});

/** Everybody who must be taken for nobody. */
async function invalidCallers(): Promise<Caller[]> {
  const [revoked, inactive, expired] = await Promise.all([
    addUser(nadi, 'revoked@roles.test', 'super_owner'),
    addUser(nadi, 'inactive@roles.test', 'super_owner'),
    addUser(nadi, 'expired@roles.test', 'super_owner', { expiresAt: '2026-01-15T03:00:00Z' }),
  ]);
  const { token } = await addUser(nadi, 'valid@roles.test', 'super_owner');
  await nadi.kit.pool.query('delete from personal_access_tokens where id = $1', [
    revoked.token.split('|')[0],
  ]);
  await nadi.kit.pool.query('update users set is_active = false where id = $1', [inactive.id]);
  return [
    { kind: 'nobody' },
    { kind: 'garbage', token: 'garbage' },
    { kind: 'garbage', token: `${token.slice(0, -1)}~` },
    { kind: 'garbage', token: token.toUpperCase() },
    { kind: 'garbage', token: `1|${'a'.repeat(43)}` },
    { kind: 'garbage', token: `999999999999999999|${'a'.repeat(43)}` },
    { kind: 'garbage', headers: { authorization: `Basic ${token}` } },
    { kind: 'garbage', headers: { authorization: 'Bearer ' } },
    { kind: 'garbage', headers: { authorization: `Bearer ${'x'.repeat(5000)}` } },
    { kind: 'cookie', headers: { cookie: `nadi_session=${encodeURIComponent(token)}` } },
    { kind: 'revoked', token: revoked.token },
    { kind: 'inactive', token: inactive.token },
    { kind: 'expired', token: expired.token },
  ];
}

/** Callers of every kind. `limited` holds just the endpoint's own permission, `none` a permission that is not it. */
async function callersFor({ spec }: NamedEndpoint): Promise<Caller[]> {
  callers += 1;
  const { permission } = spec;
  const named = permission !== 'public' && permission !== 'any' && permission !== 'customer';
  const own = named ? permission : 'dashboard:read';
  const other = own === 'audit:read' ? 'billing:run' : 'audit:read';
  const add = async (kind: Caller['kind'], role: Role, limits = {}): Promise<Caller> => {
    const { token } = await addUser(nadi, `${kind}-${callers}@roles.test`, role, limits);
    return { kind, token };
  };
  const valid = await Promise.all([
    add('limited', 'super_owner', { abilities: [own] }),
    add('none', 'super_owner', { abilities: [other] }),
    ...roles.map((role) => add(role, role)),
  ]);
  return [...lapsed, await customer(), ...valid];
}

/** What the declaration says must be answered: 401, 403, or neither. */
function expected({ name, spec }: NamedEndpoint, { kind }: Caller): 401 | 403 | 'let in' {
  if (spec.permission === 'public') return 'let in';
  if (invalid.includes(kind)) return 401;
  // Neither works where the other does.
  if (spec.permission === 'customer') return kind === 'customer' ? 'let in' : 401;
  if (kind === 'customer') return 401;
  if (ownRules[name]?.includes(kind)) return 403;
  if (spec.permission === 'any') return 'let in';
  const held =
    kind === 'limited' ||
    roles.some(
      (role) =>
        role === kind && spec.permission !== 'any' && rolePermissions[role].has(spec.permission as never),
    ); // A Permission by now.
  return held ? 'let in' : 403;
}

// Wires know their callers by keys and tokens of their own: test/licensing.
for (const endpoint of allEndpoints.filter(({ spec }) => spec.wire === undefined)) {
  const { name, spec } = endpoint;
  test(`${name}: ${spec.method} ${spec.path} lets in who may, and nobody else`, async () => {
    const { first: example } = await prepared(endpoint);
    const { token: _, ...request } = attemptOf(endpoint, example);
    const callers = await callersFor(endpoint);
    const refused = callers.filter((caller) => expected(endpoint, caller) !== 'let in');
    const before = await digest.take();
    for (const { kind, ...credentials } of refused) {
      const answer = await send(nadi, { ...request, ...credentials });
      assert.equal(answer.statusCode, expected(endpoint, { kind }), `${name} by ${kind}: ${answer.body}`);
      assert.equal(refusalOf(answer, name).code, answer.statusCode === 401 ? 'unauthenticated' : 'forbidden');
    }
    assert.deepEqual(await digest.take(), before, `refused ${name} changed the database`);
    for (const { kind, ...credentials } of callers.filter((caller) => !refused.includes(caller))) {
      const answer = await send(nadi, {
        ...request,
        ...credentials,
        headers: { ...request.headers, ...credentials.headers },
      });
      assert.ok(
        ![401, 403].includes(answer.statusCode) && answer.statusCode < 500,
        `${name} by ${kind}: ${answer.body}`,
      );
    }
  });
}
