import { z } from 'zod';
import type { NamedEndpoint } from '#contract';
import { type TestApp, testPassword } from '../support/test-app.ts';
import { unwrap } from './facts.ts';
import { fleetPreparations, fleetValues } from './fleet-examples.ts';
import { gatewayPreparations } from './gateway-examples.ts';
import { licensingPreparations, licensingValues } from './licensing-examples.ts';
import { notificationPreparations, notificationValues } from './notification-examples.ts';
import { isOfPortal, portalPreparations } from './portal-examples.ts';
import { onePixel, portalOf } from './portal-world.ts';
import { type Example, type Prepare, type Prepared, takesBytes, type Values } from './prepare.ts';
import { quotaPreparations } from './quota-examples.ts';
import { releasePreparations, releaseValues } from './release-examples.ts';
import { routerPreparations } from './router-examples.ts';
import { trustPreparations, trustValues } from './trust-examples.ts';
import { codeOf, routerSecret, switchTwoFactorOn, type World } from './world.ts';

export const newTestPassword = 'Sandi-Baru-Yang-Kuat-93';

/** Values by the name of a field, where any value of the right form would not do. */
function namedValues(world: World): Values {
  return {
    email: `new-${world.number}@world.test`,
    password: newTestPassword,
    current_password: testPassword,
    new_password: newTestPassword,
    mikrotik_password: routerSecret,
    mikrotik_username: `new-${world.number}`,
    expires_at: '2026-06-01T00:00:00Z',
    payment_date: '2026-01-10T03:00:00Z',
    read_only: false,
    dry_run: true,
    amount: '1000',
    closed_until: '2025-12-01',
    rate: '0.5',
    value: '50',
    image: onePixel,
    content: onePixel,
    fingerprint: 'ab'.repeat(16),
    steps: ['overdue', 'expired'],
    kinds: ['pppoe', 'static'],
    late_fee_percent: '5',
    profile: 'default',
    local_address: '10.10.0.1',
    remote_address: '10.10.0.2',
    ipv6_prefix: '2001:db8:1::/64',
    delegated_ipv6_prefix: '2001:db8:8000::/56',
    host: `10.77.${world.number}.1`,
    tls_fingerprint: 'ab'.repeat(32),
    notify_at: [80, 100],
    member_ids: [world.ids.member],
    ...notificationValues,
    ...trustValues,
    ...fleetValues,
    ...releaseValues,
    ...licensingValues,
  };
}

/** Tried in turn on every field without a value by name or id. */
const candidates: readonly unknown[] = [
  'Contoh',
  'contoh',
  '10M/10M',
  '2026-01-20',
  '2026-06-01T00:00:00Z',
  '10.10.0.2',
  '+62 812',
  'Asia/Jakarta',
  '150000',
  '123456',
  'true',
  3,
  true,
  ['*'],
  '00000000-0000-4000-8000-000000000000',
];

const withLogo: Prepare = async (world) => {
  await world.send('PUT', '/api/organisation/logo', { image: onePixel });
  return [{}];
};

/** What an endpoint needs done before, or several inputs where its fields exclude one another. */
const preparations: Readonly<Record<string, Prepare>> = {
  login: async ({ actor }) => [{ body: { email: actor.email, password: testPassword, session: false } }],
  forgotPassword: async ({ actor }) => [{ body: { email: actor.email } }],
  resetPassword: async (world) => {
    const { reset_url: link } = await world.send('POST', `/api/users/${world.ids.user}/reset-password`);
    const given = new URL(String(link)).searchParams;
    return [{ body: { email: given.get('email'), token: given.get('token'), password: newTestPassword } }];
  },
  setUpTwoFactor: async () => [{ body: { password: testPassword } }],
  confirmTwoFactor: async (world, nadi) => {
    const { secret } = await world.send('POST', '/api/two-factor/setup', { password: testPassword });
    return [{ body: { code: codeOf(nadi, secret) } }];
  },
  disableTwoFactor: async (world, nadi) => [
    { body: { password: testPassword, code: await switchTwoFactorOn(nadi, world.actor.token) } },
  ],
  renewRecoveryCodes: async (world, nadi) => {
    await switchTwoFactorOn(nadi, world.actor.token);
    return [{ body: { password: testPassword } }];
  },
  disableUserTwoFactor: async (world, nadi) => {
    await switchTwoFactorOn(nadi, world.userToken);
    return [{}];
  },
  createInvoice: async ({ ids }) => {
    const common = { due_date: '2026-01-20', notes: 'Contoh' };
    const lines = [{ description: 'Kabel', quantity: 2, unit_price: '75000' }];
    return [
      { body: { ...common, customer_id: ids.customer, amount: '1000' } },
      { body: { ...common, customer_id: ids.customer, lines } },
      { body: { ...common, subscription_id: ids.subscription, amount: '1000' } },
    ];
  },
  previewInvoice: async ({ ids }) => [
    { body: { due_date: '2026-01-20', customer_id: ids.customer, amount: '1000' } },
    { body: { due_date: '2026-01-20', subscription_id: ids.subscription } },
  ],
  // An area of each world's own, so that all their taxes together stay below 100 %.
  createTax: async ({ number }) => [
    { body: { name: 'PB1', kind: 'pb1', rate: '0.5', area: `Baru ${number}` } },
  ],
  createCharge: async () => {
    const body = { description: 'Kabel', quantity: 2, unit_price: '75000', taxable: false };
    return [
      { body: { ...body, credit: true } },
      { body: { ...body, invoice_now: true, due_date: '2026-01-20' } },
    ];
  },
  createSubscription: async ({ ids, number }) => {
    const common = {
      customer_id: ids.customer,
      package_id: ids.package,
      mikrotik_username: `new-${number}`,
      mikrotik_password: routerSecret,
      auto_renew: true,
      local_address: '10.10.0.1',
      remote_address: '10.10.0.2',
      profile: 'contoh',
      ipv6_prefix: '2001:db8:1::/64',
      delegated_ipv6_prefix: '2001:db8:8000::/56',
      comment: 'Contoh',
      start_date: '2026-01-20',
    };
    return [
      { body: { ...common, end_date: '2026-01-20' } },
      { body: { ...common, mikrotik_username: `trial-${number}`, trial_days: 3 } },
    ];
  },
  updateInvoice: async () => [{ body: { notes: 'Contoh', due_date: '2026-01-20' } }],
  issueInvoice: async (world) => {
    const draft = { customer_id: world.ids.customer, amount: '1000', due_date: '2026-01-20', draft: true };
    return [{ params: { id: String((await world.send('POST', '/api/invoices', draft)).id) } }];
  },
  runBilling: async ({ ids }) => [
    { body: { dry_run: true, date: '2026-01-14', steps: ['overdue'] } },
    { body: { dry_run: true, subscription_id: ids.subscription } },
  ],
  ...routerPreparations,
  ...gatewayPreparations,
  ...portalPreparations,
  ...notificationPreparations,
  ...quotaPreparations,
  ...trustPreparations,
  ...fleetPreparations,
  ...releasePreparations,
  ...licensingPreparations,
  listSubscriptionUsage: async () => [{ query: { from: '2026-01-01', to: '2026-01-15' } }],
  showOrganisationLogo: withLogo,
  showNoticeLogo: withLogo,
  createCreditNote: async ({ ids }) => {
    const lines = [{ description: 'Gangguan', quantity: 2, unit_price: '50000' }];
    return [
      { body: { amount: '1000', reason: 'Gangguan' } },
      { params: { id: ids.invoice ?? '' }, body: { lines, reason: 'Gangguan' } },
    ];
  },
  showCreditNote: async (world) => {
    const url = `/api/invoices/${world.ids.invoice}/credit-notes`;
    const note = await world.send('POST', url, { amount: '1000', reason: 'Gangguan' });
    return [{ params: { id: String(note.id) } }];
  },
  refundBalance: withFunds,
  returnDeposit: withFunds,
  moveDeposit: withFunds,
  reverseFundMovement: async (world) => {
    const url = `/api/customers/${world.ids.customer}/deposit`;
    const moved = await world.send('POST', url, { amount: '1000' });
    return [{ params: { id: String(moved.id) } }];
  },
  closeCashDrawer: async (world) => {
    await withFunds(world);
    return [{}];
  },
  closeUserCashDrawer: async ({ ids, userToken: token }, nadi) => {
    const url = `/api/customers/${ids.customer}/top-up`;
    await nadi.request({ token, method: 'POST', url, body: { amount: '500', method: 'cash' } });
    return [{}];
  },
  activateSubscription: async (world) => {
    await world.send('POST', `/api/subscriptions/${world.ids.subscription}/suspend`);
    return [{}];
  },
};

/** Gives the customer who stands alone a balance and a deposit. */
async function withFunds({ ids, send }: World): Promise<readonly Prepared[]> {
  for (const kind of ['top-up', 'deposit'])
    await send('POST', `/api/customers/${ids.customer}/${kind}`, { amount: '500000' });
  return [{}];
}

/** Inputs the endpoint accepts in this world, with every field filled in. Each endpoint has one at least. */
export async function examplesOf(endpoint: NamedEndpoint, given: World, nadi: TestApp): Promise<Example[]> {
  const { spec, name } = endpoint;
  const portal = isOfPortal(endpoint) ? await portalOf(given, nadi) : undefined;
  const world = portal ? { ...given, ids: { ...given.ids, ...portal.ids } } : given;
  const prepared = (await preparations[name]?.(given, nadi)) ?? [{}];
  const generated: Example = {
    token: portal && spec.permission === 'customer' ? portal.token : world.actor.token,
    params: prepared[0]?.params ?? paramsOf(endpoint, world),
    query: queryOf(spec.query, world),
    body: spec.body === undefined || takesBytes(spec) ? undefined : objectOf(spec.body, world),
  };
  return prepared.map((own) => ({ ...generated, ...own }));
}

function paramsOf({ spec, name }: NamedEndpoint, world: World): Record<string, string> {
  const names = [...spec.path.matchAll(/\/([^/:]+)\/:(\w+)/g)];
  return Object.fromEntries(
    names.map(([, collection = '', param = '']) => {
      const kind = collection.replace(/(?<=x)es$|s$/, '');
      const value = world.ids[kind];
      if (value === undefined) throw new Error(`${name}: add a ${kind} to test/contract/world.ts`);
      return [param, value];
    }),
  );
}

/** A cursor is given by a list itself; page 1 of few rows has none. */
function queryOf(schema: z.ZodType | undefined, world: World): Values {
  if (schema === undefined) return {};
  const { cursor: _, page: __, ...rest } = objectOf(schema, world);
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)]));
}

function objectOf(schema: z.ZodType, world: World): Record<string, unknown> {
  const object = unwrap(schema);
  if (!(object instanceof z.ZodObject)) throw new Error('Only objects are taken as input.');
  return Object.fromEntries(
    // A key would make the second request the first again.
    Object.entries(object.shape)
      .filter(([name]) => name !== 'idempotency_key')
      .map(([name, field]) => [name, exampleOf(name, field as z.ZodType, world)]), // Shapes hold nothing else.
  );
}

function exampleOf(name: string, schema: z.ZodType, world: World): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return objectOf(inner, world);
  if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject)
    return [objectOf(inner.element, world)];
  const enumerated = inner instanceof z.ZodEnum ? inner.options : [];
  const known = [namedValues(world)[name], world.ids[name.replace(/_id$/, '')]];
  const found = [...known, ...enumerated, ...candidates].find(
    (value) => value !== undefined && schema.safeParse(value).success,
  );
  if (found === undefined) throw new Error(`No example for ${name}: add one to test/contract/examples.ts`);
  return found;
}
