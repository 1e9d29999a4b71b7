import type { Row } from '#routeros';
import { ownerOf } from '../routers/index.ts';
import type { ProfileKind } from './entries.ts';
import type { Kind } from './wanted.ts';

/** Entries of one menu, found by whose they are and by name. */
export class Entries {
  readonly #byOwner = new Map<string, Row[]>();
  readonly #byName = new Map<string, Row>();

  constructor(rows: readonly Row[]) {
    for (const row of rows) {
      const owner = ownerOf(row.comment);
      if (owner !== undefined) {
        const others = this.#byOwner.get(owner);
        if (others === undefined) this.#byOwner.set(owner, [row]);
        else others.push(row);
      }
      const { name } = row;
      if (name !== undefined && !this.#byName.has(name)) this.#byName.set(name, row);
    }
  }

  of(owner: string): readonly Row[] {
    return this.#byOwner.get(owner) ?? [];
  }

  named(name: string): Row | undefined {
    return this.#byName.get(name);
  }

  owners(): Iterable<string> {
    return this.#byOwner.keys();
  }
}

/** What was read of a router: all that concerns some intents, or everything. */
export interface Actual {
  readonly entries: Readonly<Record<Kind, Entries>>;
  readonly listed: Entries;
  /** By name. */
  readonly profiles: Readonly<Record<ProfileKind, ReadonlyMap<string, Row>>>;
}

/** Whose entries there are. */
export function* ownersIn({ entries }: Actual): Generator<string> {
  for (const each of Object.values(entries)) yield* each.owners();
}
