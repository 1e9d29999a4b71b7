import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../../audit/index.ts';
import { type PackageRow, packagesByName } from '../../catalog/index.ts';
import { importedBefore } from '../../imports/index.ts';
import { organisationToday } from '../../organisation/index.ts';
import { findRouter, onThisRouter, ownerOf, type RouterRow } from '../../routers/index.ts';
import {
  lockImports,
  type SubscriptionHooks,
  takenUsernames,
  usernameTaken,
} from '../../subscriptions/index.ts';
import { kinds as allKinds, type Kind } from '../wanted.ts';
import { addJudged } from './add-judged.ts';
import { type Found, keyOf, sourceOf } from './found.ts';
import { customersNamed, ownersOf, subscriptionsAmong } from './import-queries.ts';
import { type Here, type Judged, judgeAll, namesOf } from './judge.ts';
import { type Mapping, matchPackages } from './match-packages.ts';
import { readEntries } from './read-entries.ts';

export interface ImportOptions {
  readonly dryRun: boolean;
  readonly kinds?: readonly Kind[] | undefined;
  /** The first unpaid day; the first of next month unless given. */
  readonly endDate?: string | undefined;
  readonly packages?: readonly Mapping[] | undefined;
}

export interface Imported {
  readonly routerId: string;
  readonly dryRun: boolean;
  readonly endDate: string;
  readonly judged: readonly Judged[];
  readonly packages: ReadonlyMap<string, PackageRow>;
}

/**
 * Brings customers and subscriptions from what a router holds, which is only read: entries are marked when the router is served
 * next, and change in nothing else. In one transaction; what came before is passed over, so it may be run again. Imports
 * wait for one another. A router that is switched off in its settings is read too: it is served once it is on.
 * @throws {AppError} not_found, router_trouble, validation_failed
 */
export async function importRouter(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  routerId: string,
  options: ImportOptions,
): Promise<Imported> {
  const router = await usableRouter(kit, routerId);
  const entries = await onThisRouter(kit, router, (on) =>
    readEntries(on, new Set(options.kinds ?? allKinds)),
  );
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(kit.db, (tx) => bring(kit, tx, hooks, author, router, entries, options));
    } catch (error) {
      // Somebody took a username meanwhile: looked at again, it is taken.
      if (attempt === 3 || !usernameTaken(error)) throw error;
    }
  }
}

async function usableRouter(kit: Kit, routerId: string): Promise<RouterRow> {
  const router = await findRouter(kit.db, routerId);
  if (!router) throw new AppError('not_found');
  if (router.use_radius) {
    throw new AppError('router_trouble', {
      message: {
        en: 'This router asks RADIUS, and keeps no users of Nadi’s. Switch use_radius off, import, and switch it on again: the users then go from the router.',
        id: 'Router ini memakai RADIUS dan tidak menyimpan pengguna Nadi. Matikan use_radius, impor, lalu nyalakan lagi: penggunanya akan dihapus dari router.',
      },
    });
  }
  return router;
}

async function bring(
  kit: Kit,
  tx: Tx,
  hooks: SubscriptionHooks,
  author: Author,
  router: RouterRow,
  entries: readonly Found[],
  { dryRun, endDate: given, packages: mappings = [] }: ImportOptions,
): Promise<Imported> {
  await lockImports(tx);
  const today = await organisationToday(kit, tx);
  const endDate = given ?? Temporal.PlainDate.from(today).with({ day: 1 }).add({ months: 1 }).toString();
  refuseEnd(endDate, today);
  const sold = [...(await packagesByName(tx)).values()].filter((row) => row.is_active);
  const packages = matchPackages(entries, sold, mappings);
  const judged = judgeAll(entries, { ...(await readHere(tx, router.id, entries)), packages });
  if (!dryRun) {
    await addJudged({ kit, tx, hooks, author, routerId: router.id, today, endDate }, judged);
    await record(kit, tx, author, router.id, judged);
  }
  return { routerId: router.id, dryRun, endDate, judged, packages };
}

function refuseEnd(endDate: string, today: string): void {
  const last = Temporal.PlainDate.from(today).add({ years: 1 }).toString();
  if (endDate >= today && endDate <= last) return;
  throw fieldError('end_date', {
    en: `Use a day from ${today} to ${last}: the first that is not paid yet.`,
    id: `Gunakan tanggal ${today} sampai ${last}: hari pertama yang belum dibayar.`,
  });
}

async function readHere(
  tx: Tx,
  routerId: string,
  entries: readonly Found[],
): Promise<Omit<Here, 'packages'>> {
  const names = entries.map(({ name }) => name);
  const marks = entries.flatMap(({ comment }) => ownerOf(comment) ?? []);
  const called = [...namesOf(entries).values()].map(({ name }) => name.toLowerCase());
  const owners = await ownersOf(tx, routerId, names);
  const customers = await customersNamed(tx, routerId, called);
  return {
    marked: await subscriptionsAmong(tx, marks),
    imported: await importedBefore(tx, sourceOf(routerId), 'subscription', entries.map(keyOf)),
    owners: new Map(owners.map((row) => [row.username, row])),
    taken: await takenUsernames(tx, names),
    customers: new Map(customers.map((row) => [row.key, row])),
  };
}

async function record(kit: Kit, tx: Tx, author: Author, routerId: string, judged: readonly Judged[]) {
  const count = (verdict: Judged['verdict']) => judged.filter((row) => row.verdict === verdict).length;
  if (count('new') + count('matches') === 0) return;
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'router.imported',
      subjectType: 'router',
      subjectId: routerId,
      after: { new: count('new'), matches: count('matches'), at: instantText(kit.clock.now()) },
    },
  ]);
}
