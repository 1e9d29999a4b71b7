import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { type ClosingRow, insertClosing, lockDrawer, readDrawer } from './drawer-queries.ts';

/**
 * Closes the drawer of a person: all the cash in it is marked with the closing, which keeps what was expected and counted.
 * What is taken at the same moment is in the next. @throws {AppError} drawer_empty
 */
export function closeDrawer(
  kit: Kit,
  author: Author,
  userId: string,
  input: { readonly counted: string; readonly notes?: string | null | undefined },
): Promise<ClosingRow> {
  return inTransaction(kit.db, async (tx) => {
    await lockDrawer(tx, userId);
    const closing = await insertClosing(tx, {
      id: newId(kit.clock),
      userId,
      counted: input.counted,
      notes: input.notes ?? null,
      at: instantText(kit.clock.now()),
    });
    if (!closing) throw new AppError('drawer_empty');
    await recordChanges(tx, kit.clock, author, [
      { action: 'cash_drawer.closed', subjectType: 'cash_closing', subjectId: closing.id, after: closing },
    ]);
    return closing;
  });
}

/** Refuses while a person's drawer holds cash that nobody counted. @throws {AppError} drawer_filled */
export async function refuseFilledDrawer(tx: Tx, userId: string): Promise<void> {
  await lockDrawer(tx, userId);
  if ((await readDrawer(tx, userId)).item_count > 0) throw new AppError('drawer_filled');
}
