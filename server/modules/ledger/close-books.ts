import { instantText } from '#kit/clock.ts';
import { inTransaction, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { lockEntries, readClosing, writeClosing } from './queries.ts';

/**
 * Closes the books up to and including a past local date. Whoever is booking is waited for, so that nothing appears in a
 * closed day afterwards. A closed day stays closed. @throws {AppError} validation_failed
 */
export async function closeBooks(kit: Kit, author: Author, closedUntil: string) {
  return inTransaction(kit.db, async (tx) => {
    if (closedUntil >= (await organisationToday(kit, tx))) {
      throw fieldError('closed_until', {
        en: 'Only days that are over can be closed.',
        id: 'Hanya hari yang sudah lewat yang bisa ditutup.',
      });
    }
    await lockEntries(tx);
    const before = await readClosing(tx);
    if (before.closed_until !== null && closedUntil < before.closed_until) {
      throw fieldError('closed_until', {
        en: `The books are closed until ${before.closed_until} already; a closed day stays closed.`,
        id: `Pembukuan sudah ditutup sampai ${before.closed_until}; hari yang ditutup tetap tertutup.`,
      });
    }
    const after = await writeClosing(tx, closedUntil, instantText(kit.clock.now()));
    await recordChanges(tx, kit.clock, author, [
      { action: 'ledger.closed', subjectType: 'ledger', subjectId: null, before, after },
    ]);
    return after;
  });
}

/** Does `work`, which books something. @throws {AppError} books_closed where it was on a closed day */
export async function refusingClosedBooks<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (violatedConstraint(error) === 'ledger_entries_of_open_days') throw new AppError('books_closed');
    throw error;
  }
}
