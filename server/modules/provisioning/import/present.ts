import type { z } from 'zod';
import { importVerdicts, type routerImports } from '#contract';
import type { Db } from '#kit/db.ts';
import { takenUsernames, usernameProposals } from '../../subscriptions/index.ts';
import { type Found, profileKey } from './found.ts';
import type { Imported } from './import-router.ts';
import { type Judged, shortened } from './judge.ts';
import { proposalOf } from './match-packages.ts';
import { reasons } from './words.ts';

type Answer = z.input<typeof routerImports.importRouter.response>;

const mostShown = 1000;

export async function presentImport(db: Db, imported: Imported): Promise<Answer> {
  const { judged } = imported;
  const count = (verdict: Judged['verdict']) => judged.filter((row) => row.verdict === verdict).length;
  const shown = judged
    .toSorted((one, other) => importVerdicts.indexOf(one.verdict) - importVerdicts.indexOf(other.verdict))
    .slice(0, mostShown);
  const proposed = await proposedNames(db, judged, shown);
  return {
    dry_run: imported.dryRun,
    router_id: imported.routerId,
    end_date: imported.endDate,
    new: count('new'),
    known: count('known'),
    matches: count('matches'),
    taken: count('taken'),
    skipped: count('skipped'),
    new_customers: judged.filter(({ verdict, customer }) => verdict === 'new' && customer === undefined)
      .length,
    profiles: profilesOf(imported),
    rows: shown.map((row) => presentRow(row, proposed.get(row) ?? null)),
  };
}

function presentRow(
  { entry, verdict, reason, pack, owner, customer, customerName }: Judged,
  proposedName: string | null,
): Answer['rows'][number] {
  return {
    kind: entry.kind,
    name: entry.name,
    profile: entry.profile || null,
    rate: entry.rate,
    comment: shortened(entry.comment, 255),
    disabled: entry.disabled,
    verdict,
    reason: reason === undefined ? null : { code: reason, ...reasons[reason] },
    package_id: pack?.id ?? null,
    package_name: pack?.name ?? null,
    customer_id: owner?.customer_id ?? customer?.id ?? null,
    customer_name: owner?.customer ?? customerName ?? null,
    proposed_name: proposedName,
  };
}

/** Free usernames for those that are taken: in use neither here nor on the router. */
async function proposedNames(db: Db, judged: readonly Judged[], shown: readonly Judged[]) {
  const taken = shown.filter(({ verdict }) => verdict === 'taken');
  const candidates = taken.flatMap(({ entry }) => usernameProposals(entry.name));
  const used = new Set([...(await takenUsernames(db, candidates)), ...judged.map(({ entry }) => entry.name)]);
  return new Map(
    taken.map((row) => {
      const free = usernameProposals(row.entry.name).find((name) => !used.has(name));
      if (free !== undefined) used.add(free);
      return [row, free];
    }),
  );
}

/** What profiles the entries have that could come, and which package each is. */
function profilesOf({ judged, packages }: Imported): Answer['profiles'] {
  const entries = judged.flatMap(({ entry }) => (entry.fault === undefined ? [entry] : []));
  const groups = Map.groupBy(entries, ({ kind, profile }: Found) => profileKey(kind, profile));
  return [...groups].flatMap(([key, [first, ...others]]) => {
    if (first === undefined) return [];
    const pack = packages.get(key);
    return [
      {
        kind: first.kind,
        name: first.profile,
        rate: first.rate,
        entries: others.length + 1,
        package_id: pack?.id ?? null,
        package_name: pack?.name ?? null,
        proposal: pack === undefined ? proposalOf(first) : null,
      },
    ];
  });
}
