import { systemClock } from '#kit/clock.ts';
import { type Cpe, type Router, type RouterOptions, startRouter, toBytes } from '#simulators';
import { type Site, sites } from './sites.ts';

/** How a router of the demo is reached, by Nadi and by whoever wants to look into it. */
export interface Place {
  readonly name: Site;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

export interface SimulatedRouters extends AsyncDisposable {
  readonly places: readonly Place[];
}

const account = { name: 'nadi', password: 'nusanet-router' };
const redialSeconds = 3;

/** As somebody set them up before Nadi came: networks, and a few things that are none of its business. */
const found: Readonly<Record<Site, RouterOptions & { readonly gateway: string }>> = {
  Pusat: {
    version: '7.20',
    gateway: '10.10.0.1',
    rows: {
      'ip/pool': [
        { name: 'pelanggan', ranges: '10.10.0.2-10.10.15.254' },
        { name: 'isolir', ranges: '10.99.0.2-10.99.3.254' },
      ],
      'queue/simple': [{ name: 'kantor', target: '192.168.10.0/24', 'max-limit': '50000000/50000000' }],
      'ip/firewall/address-list': [{ list: 'pengelola', address: '192.168.10.5', comment: 'komputer NOC' }],
    },
  },
  Cabang: {
    version: '6.49',
    gateway: '10.20.0.1',
    rows: {
      'ip/pool': [
        { name: 'pelanggan', ranges: '10.20.0.2-10.20.15.254' },
        { name: 'isolir', ranges: '10.99.4.2-10.99.7.254' },
      ],
      'ppp/secret': [
        {
          name: 'pos.ronda',
          password: 'gratis',
          service: 'pppoe',
          profile: 'default',
          comment: 'gratis untuk warga',
        },
      ],
    },
    cpe: [{ username: 'pos.ronda', password: 'gratis', redialSeconds }],
  },
};

/** Switches the demo's routers on, in real time, with a device at the end of every line that Nadi sets up on them. */
export async function simulateRouters(): Promise<SimulatedRouters> {
  await using cleanup = new AsyncDisposableStack();
  const places: Place[] = [];
  for (const name of sites) {
    const { gateway, ...options } = found[name];
    const router = cleanup.use(
      await startRouter({
        ...options,
        identity: toBytes(`Nusa Net ${name}`),
        accounts: [account],
        clock: systemClock,
        tickEveryMilliseconds: 500,
      }),
    );
    const profiles = router.table('ppp/profile');
    for (const row of profiles.named('default'))
      profiles.update(row, { 'local-address': gateway, 'remote-address': 'pelanggan' });
    installDevices(router);
    const { host, port } = router;
    places.push({ name, host, port, username: account.name, password: account.password });
  }
  const owned = cleanup.move();
  return { places, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Whoever gets an account gets a device with it, which dials from then on, and keeps up with its password. */
function installDevices(router: Router): void {
  const devices = new Map<string, Cpe>();
  router.table('ppp/secret').watch(({ values: { name: username = '', password = '' } }, isGone) => {
    const known = devices.get(username);
    if (known?.password === password && !isGone) return;
    devices.delete(username);
    const cpe = isGone ? undefined : { username, password, redialSeconds };
    if (cpe !== undefined) devices.set(username, cpe);
    // After the command that did it.
    setImmediate(() => {
      if (known !== undefined) router.unplug(username);
      if (cpe !== undefined && devices.get(username) === cpe) router.plug(cpe);
    });
  });
}
