import type { Kit } from '#kit/kit.ts';
import { loadTables } from './load-provider.ts';

export const agentCode = (n: number) => `BENCH-${n}`;
export const licenseKey = (n: number) => `bench-key-${n}`;

/** An environment and its share of the fleet. */
export interface Environment {
  readonly name: string;
  readonly share: number;
}

const id = (n: string) => `(lpad(to_hex(${n}), 8, '0') || '-0000-7000-8000-000000000000')::uuid`;

/** `count` installations of a license each, which all run 1.0.0 and were just heard of, and these releases. */
export function loadFleet(
  kit: Kit,
  count: number,
  environments: readonly Environment[],
  releases: readonly string[],
): Promise<void> {
  const at = `timestamptz '${kit.clock.now()}'`;
  const bounds = environments.map(({ share }, n) => ({
    from: environments.slice(0, n).reduce((sum, each) => sum + each.share, 0),
    share,
  }));
  // Spread over the fleet without regard to its lots.
  const place = `(hashint4(n) & 1048575) / 1048576.0`;
  const environment = environments
    .map(({ name }, n) => `when p < ${(bounds[n]?.from ?? 0) + (bounds[n]?.share ?? 0)} then '${name}'`)
    .join(' ');
  return loadTables(
    kit,
    ['packages', 'customers', 'licenses', 'installations', 'fleet_installations', 'releases'],
    [
      `insert into packages (id, name, type, bandwidth, price, created_at, updated_at) values (${id('1')}, 'Lisensi', 'license', null, 100000, ${at}, ${at})`,
      `insert into customers (id, name, created_at, updated_at) values (${id('1')}, 'Pemilik', ${at}, ${at})`,
      `insert into licenses (id, customer_id, package_id, key_hash, created_at, updated_at)
       select ${id('n')}, ${id('1')}, ${id('1')}, encode(sha256(convert_to('bench-key-' || n, 'UTF8')), 'hex'), ${at}, ${at} from generate_series(1, ${count}) n`,
      `insert into installations (id, license_id, agent_code, state, created_at, updated_at)
       select ${id('n')}, ${id('n')}, 'BENCH-' || n, 'ready', ${at}, ${at} from generate_series(1, ${count}) n`,
      `insert into fleet_installations (installation_id, version, environment, first_seen_at, last_heartbeat_at, lot, created_at, updated_at)
       select ${id('n')}, '1.0.0', case ${environment} else '${environments[0]?.name}' end, ${at}, ${at}, nadi_lot(${id('n')}), ${at}, ${at}
       from (select n, ${place} as p from generate_series(1, ${count}) n) f`,
      ...releases.map(
        (version, n) =>
          `insert into releases (id, version, sort_key, channel, state, created_at, updated_at, published_at)
           values (${id(String(n + 1))}, '${version}', '${version}', 'stable', 'published', ${at}, ${at}, ${at})`,
      ),
    ],
  );
}
