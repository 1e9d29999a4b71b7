import { instantText } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { installationsOf, movesOf } from './installation-queries.ts';
import { findLicense, type LicenseRow } from './license-queries.ts';
import { renewalsOf } from './own-queries.ts';
import { presentLicenseDetail, presentOwnLicense } from './present.ts';

/** A license with its installations and moves. @throws {AppError} not_found */
export async function showLicense(kit: Kit, id: string) {
  const now = kit.clock.now();
  const row = await findLicense(kit.db, id, instantText(now));
  if (!row) throw new AppError('not_found');
  const [installations, moves] = await Promise.all([installationsOf(kit.db, [id]), movesOf(kit.db, [id])]);
  return presentLicenseDetail(row, {
    installations: installations.get(id) ?? [],
    moves: moves.get(id) ?? [],
    now,
  });
}

/** Licenses as their owner sees them. */
export async function showOwn(db: Db, rows: readonly LicenseRow[], now: Temporal.Instant) {
  const ids = rows.map(({ id }) => id);
  const subscriptions = rows.flatMap(({ subscription_id: id }) => (id === null ? [] : [id]));
  const [installations, moves, renewals] = await Promise.all([
    installationsOf(db, ids),
    movesOf(db, ids),
    renewalsOf(db, subscriptions),
  ]);
  return rows.map((row) =>
    presentOwnLicense(row, {
      installations: installations.get(row.id) ?? [],
      moves: moves.get(row.id) ?? [],
      renewal: renewals.get(row.subscription_id ?? ''),
      now,
    }),
  );
}
