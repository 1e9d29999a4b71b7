import type { PackageRow } from '../../catalog/index.ts';
import { ownerOf } from '../../routers/index.ts';
import { type Found, keyOf, profileKey } from './found.ts';
import type { NamedCustomer, Owner } from './import-queries.ts';
import { canonicalRate } from './read-entries.ts';
import type { Reason } from './words.ts';

/** What is here, as far as it matters to the entries of one router. */
export interface Here {
  /** Subscriptions among the marks. */
  readonly marked: ReadonlySet<string>;
  /** Keys of entries that were imported before. */
  readonly imported: ReadonlyMap<string, string>;
  readonly owners: ReadonlyMap<string, Owner>;
  /** Every username in use. */
  readonly taken: ReadonlySet<string>;
  readonly customers: ReadonlyMap<string, NamedCustomer>;
  readonly packages: ReadonlyMap<string, PackageRow>;
}

export interface Judged {
  readonly entry: Found;
  readonly verdict: 'new' | 'known' | 'matches' | 'taken' | 'skipped';
  readonly reason?: Reason;
  readonly pack?: PackageRow;
  /** The subscription that takes it over. */
  readonly owner?: Owner;
  readonly customer?: NamedCustomer;
  readonly customerName?: string;
}

/** Says what becomes of each entry. Nobody who is online goes offline by it, nobody comes online, and no speed changes. */
export function judgeAll(entries: readonly Found[], here: Here): readonly Judged[] {
  const names = namesOf(entries);
  const seen = new Set<string>();
  return entries.map((entry) => {
    const judged = judge(entry, here, seen, names);
    if (judged.verdict === 'new' || judged.verdict === 'matches') seen.add(entry.name);
    return judged;
  });
}

function judge(entry: Found, here: Here, seen: ReadonlySet<string>, names: Names): Judged {
  const skipped = (reason: Reason): Judged => ({ entry, verdict: 'skipped', reason });
  if (entry.comment.startsWith('nadi:')) {
    const owner = ownerOf(entry.comment);
    return owner !== undefined && here.marked.has(owner) ? { entry, verdict: 'known' } : skipped('mark');
  }
  if (here.imported.has(keyOf(entry))) return { entry, verdict: 'known' };
  if (entry.fault !== undefined) return skipped(entry.fault);
  if (seen.has(entry.name)) return { entry, verdict: 'taken', reason: 'twice' };
  const owner = here.owners.get(entry.name);
  if (owner?.here) return matched(entry, owner);
  if (here.taken.has(entry.name)) return { entry, verdict: 'taken', reason: 'elsewhere' };
  const pack = here.packages.get(profileKey(entry.kind, entry.profile));
  if (pack === undefined) return skipped('package');
  if (!keepsSpeed(entry, pack.rate_limit)) return skipped('speed');
  const { name, isOnly } = names.get(entry) ?? { name: entry.name, isOnly: false };
  const customer = isOnly ? here.customers.get(name.toLowerCase()) : undefined;
  if (customer?.elsewhere) return skipped('customer');
  return {
    entry,
    verdict: 'new',
    pack,
    customerName: customer?.name ?? name,
    ...(customer ? { customer } : {}),
    ...(entry.disabled ? { reason: 'off' as const } : {}),
  };
}

function matched(entry: Found, owner: Owner): Judged {
  const reason =
    owner.type !== entry.kind
      ? 'kind'
      : owner.state !== (entry.disabled ? 'off' : 'on')
        ? 'state'
        : keepsSpeed(entry, owner.rate_limit)
          ? undefined
          : 'speed';
  return reason === undefined ? { entry, verdict: 'matches', owner } : { entry, verdict: 'skipped', reason };
}

/** Users keep their profile; a queue gets what its package says. */
function keepsSpeed({ kind, rate }: Found, packageRate: string | null): boolean {
  return kind !== 'static' || rate === canonicalRate(packageRate);
}

type Names = ReadonlyMap<Found, { readonly name: string; readonly isOnly: boolean }>;

/** Customers are called by the comment, which is often "rumah" for many: those are told apart by their usernames. */
export function namesOf(entries: readonly Found[]): Names {
  const plain = entries.map((entry) => ({ entry, name: customerName(entry) }));
  const counts = new Map<string, number>();
  for (const { name } of plain) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return new Map(
    plain.map(({ entry, name }) => {
      const isOnly = counts.get(name.toLowerCase()) === 1;
      return [
        entry,
        { name: isOnly ? name : `${shortened(name, 180)} (${entry.name.slice(0, 64)})`, isOnly },
      ];
    }),
  );
}

function customerName({ comment, name }: Found): string {
  const text = comment.replace(/^nadi:\S*/, '').replace(/\p{Cc}+/gu, ' ');
  return shortened(text.toWellFormed().trim(), 255) || name;
}

/** By whole characters: half of one is not text that can be stored. */
export const shortened = (text: string, most: number) => [...text].slice(0, most).join('').trim();
