import { addressText, parseAddress } from './formats.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';

/** First and last address of each range of a pool, in their order. */
function ranges(pool: Row): readonly (readonly [first: number, last: number])[] {
  const all = (pool.values.ranges ?? '').split(',').flatMap((range) => {
    const [from = '', to = from] = range.trim().split('-');
    const [network = '', bits] = from.split('/');
    const first = parseAddress(network);
    if (first === undefined) return [];
    if (bits !== undefined) {
      const size = 2 ** (32 - Number(bits));
      return [[first, first + size - 1] as const];
    }
    return [[first, parseAddress(to) ?? first] as const];
  });
  return all.toSorted(([a], [b]) => a - b);
}

/** Addresses given out of /ip/pool, as /ip/pool/used shows them. */
export class Pools {
  readonly #world: World;
  readonly #used = new Map<string, Row>();
  /** Where the last free address of a pool was found, so that the next need not begin at its start. */
  readonly #next = new Map<string, { readonly ranges: string; from: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A free address of the pool, or of those that follow it; undefined if all are used up. */
  take(poolName: string, owner: string, info: string): string | undefined {
    const seen = new Set<string>();
    for (let name = poolName; !seen.has(name); ) {
      seen.add(name);
      const [pool] = this.#world.table('ip/pool').named(name);
      if (pool === undefined) return undefined;
      const address = this.#free(pool);
      if (address !== undefined) {
        const values = { pool: name, address, owner, info };
        this.#used.set(address, this.#world.table('ip/pool/used').insert(values));
        return address;
      }
      name = pool.values['next-pool'] ?? 'none';
    }
    return undefined;
  }

  /** An address that no pool gave is passed over. */
  give(address: string): void {
    const row = this.#used.get(address);
    if (row === undefined) return;
    this.#used.delete(address);
    this.#world.table('ip/pool/used').delete(row);
    const pool = row.values.pool ?? '';
    const next = this.#next.get(pool);
    if (next !== undefined) next.from = Math.min(next.from, parseAddress(address) ?? 0);
  }

  #free(pool: Row): string | undefined {
    const { name = '', ranges: text = '' } = pool.values;
    const known = this.#next.get(name);
    // All below is in use, unless the pool was given other ranges.
    const next = known?.ranges === text ? known : { ranges: text, from: 0 };
    this.#next.set(name, next);
    for (const [first, last] of ranges(pool)) {
      for (let number = Math.max(first, next.from); number <= last; number += 1) {
        const address = addressText(number);
        if (this.#used.has(address)) continue;
        next.from = number + 1;
        return address;
      }
    }
    next.from = Infinity;
    return undefined;
  }
}
