import { createHash } from 'node:crypto';
import { startRouter } from '#simulators';
import type { TestApp } from '../support/test-app.ts';
import type { Prepare, Values } from './prepare.ts';
import { routerSecret, type World } from './world.ts';

/** Switches a router on in this world, with a user that belongs to no subscription and one who is online. */
async function withRouter(world: World, nadi: TestApp): Promise<string> {
  const router = nadi.use(
    await startRouter({
      accounts: [{ name: 'nadi', password: routerSecret }],
      rows: { 'ppp/secret': [{ name: 'contoh', password: routerSecret, service: 'pppoe' }] },
      cpe: [{ username: 'contoh', password: routerSecret }],
    }),
  );
  const place = { host: router.host, port: router.port, username: 'nadi', password: routerSecret };
  await world.send('PUT', `/api/router-settings/${world.ids['router-setting']}`, place);
  // It was reached before: nothing more is noted of that when a request is refused.
  await world.send('GET', `/api/mikrotik/test?router_id=${world.ids['router-setting']}`);
  return router.table('ppp/secret').named('contoh')[0]?.id ?? '';
}

/** A request to the router of this world. */
function live(given: Values = {}): Prepare {
  return async (world, nadi) => {
    await withRouter(world, nadi);
    return [{ query: { router_id: String(world.ids['router-setting']), ...given } }];
  };
}

/** A request to a user of the router of this world. */
const liveRow: Prepare = async (world, nadi) => {
  const id = await withRouter(world, nadi);
  return [{ query: { router_id: String(world.ids['router-setting']) }, params: { id } }];
};

/** A subscription whose customer is on the router of this world. */
const lineOf: Prepare = async (world, nadi) => {
  await withRouter(world, nadi);
  const { customer_id: customer } = await world.send('GET', `/api/subscriptions/${world.ids.subscription}`);
  await world.send('PUT', `/api/customers/${customer}`, { router_id: world.ids['router-setting'] });
  return [{}];
};

/** Names and places of routers are their own. */
const routerOf = ({ number }: World): Values => ({
  name: `Cabang ${number}`,
  host: `10.77.${number}.1`,
  port: 8729,
  username: 'nadi',
  password: routerSecret,
  ssl: true,
  tls_trust: 'fingerprint',
  tls_fingerprint: 'ab'.repeat(32),
  code_page: 'windows-1252',
  radius_secret: routerSecret,
  coa_port: 1700,
  is_active: true,
  is_default: true,
  template_profile: 'default',
});

const accountOf = ({ ids, number }: World): Values => ({
  subscription_id: ids.subscription,
  username: `akun-${number}`,
  password: routerSecret,
  service: 'pppoe',
  profile: 'default',
  local_address: '10.10.0.1',
  remote_address: '10.10.0.2',
  comment: 'Contoh',
  disabled: false,
});

/** What endpoints of routers need done before. */
export const routerPreparations: Readonly<Record<string, Prepare>> = {
  testRouter: live(),
  showRouterSystem: live(),
  listRouterInterfaces: live(),
  showInterfaceTraffic: live({ interface: 'ether1' }),
  listRouterSessions: live(),
  disconnectSession: live(),
  listRouterProfiles: live(),
  listRouterSecrets: live(),
  createRouterSecret: live(),
  updateRouterSecret: liveRow,
  deleteRouterSecret: liveRow,
  enableRouterSecret: liveRow,
  disableRouterSecret: liveRow,
  showRouterDiff: async (world, nadi) => {
    await withRouter(world, nadi);
    return [{}];
  },
  showSubscriptionTraffic: lineOf,
  disconnectSubscription: lineOf,
  importRouter: async (world, nadi) => {
    await withRouter(world, nadi);
    const packages = [{ profile: 'default', package_id: world.ids.package }];
    return [{ body: { dry_run: false, kinds: ['pppoe', 'static'], end_date: '2026-02-01', packages } }];
  },
  approveRouterChanges: async (world, nadi) => {
    await nadi.kit.pool.query(
      `insert into provisioning_intents (subscription_id, router_id, changed_at, last_error, error_detail)
       values ($1, $2, $3, 'held', 'disable')`,
      [world.ids.customer, world.ids.router, nadi.clock.now().toString()],
    );
    const fingerprint = createHash('sha256').update(`${world.ids.customer} 1`).digest('hex').slice(0, 32);
    return [{ body: { fingerprint } }];
  },
  createMikrotikSecret: async (world) => {
    const { subscription_id: subscription, username, ...account } = accountOf(world);
    await world.send('POST', `/api/subscriptions/${subscription}/suspend`);
    await world.send('DELETE', `/api/mikrotik-secrets/${world.ids['mikrotik-secret']}`);
    return [{ body: { subscription_id: subscription, username, ...account } }];
  },
  updateMikrotikSecret: async (world) => {
    const { subscription_id: _, ...account } = accountOf(world);
    return [{ body: account }];
  },
  deleteMikrotikSecret: async (world) => {
    await world.send('POST', `/api/subscriptions/${world.ids.subscription}/suspend`);
    return [{}];
  },
  createRouter: async (world) => [{ body: routerOf(world) }],
  updateRouter: async (world) => [{ body: routerOf(world) }],
};
