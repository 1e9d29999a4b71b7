import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findRouter } from '../routers/index.ts';
import { fingerprintOf } from './guard.ts';
import { markRouter } from './mark-queries.ts';
import { approveHeld, lockHeld } from './queries.ts';

/** Lets exactly those changes go that were looked at. @throws {AppError} not_found, nothing_held */
export async function approveChanges(
  kit: Kit,
  author: Author,
  routerId: string,
  fingerprint: string,
): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    if (!(await findRouter(tx, routerId))) throw new AppError('not_found');
    const held = await lockHeld(tx, routerId);
    if (held.length === 0 || fingerprintOf(held) !== fingerprint) throw new AppError('nothing_held');
    await approveHeld(tx, routerId, held);
    await markRouter(tx, routerId);
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'router.changes_approved',
        subjectType: 'router',
        subjectId: routerId,
        after: { fingerprint, subscriptions: held.length, at: instantText(kit.clock.now()) },
      },
    ]);
  });
}

/** Asks for a full comparison at once. @throws {AppError} not_found */
export async function syncRouter(kit: Kit, author: Author, routerId: string): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    if (!(await findRouter(tx, routerId))) throw new AppError('not_found');
    await markRouter(tx, routerId);
    await recordChanges(tx, kit.clock, author, [
      { action: 'router.sync_asked', subjectType: 'router', subjectId: routerId },
    ]);
  });
}
