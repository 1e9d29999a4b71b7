import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { keepCustomer } from '../customers/index.ts';
import { lockFunds, refusingClosedBooks } from '../ledger/index.ts';
import { keyUsed, payOpenInvoices } from '../payments/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { bookMovement } from './book-movement.ts';
import { effects, type MovementKind, opposite } from './movements.ts';
import {
  findMovement,
  findMovementByKey,
  lockMovement,
  type MovementRow,
  type MovementWithReversal,
} from './queries.ts';

interface MoveInput {
  readonly amount: string;
  readonly method?: string | undefined;
  readonly notes?: string | null | undefined;
  readonly idempotency_key?: string | undefined;
}

/**
 * Moves a customer's money as `kind` says; what makes the balance larger then pays open invoices. With an idempotency key
 * that was used for the same before, that movement is answered and nothing moves.
 * @throws {AppError} not_found, validation_failed, balance_too_low, deposit_too_low, books_closed
 */
export async function moveFunds(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  customerId: string,
  kind: MovementKind,
  input: MoveInput,
): Promise<MovementWithReversal> {
  const moved = await refusing(() =>
    inTransaction(kit.db, async (tx) => {
      if (!(await keepCustomer(tx, customerId))) throw new AppError('not_found');
      // Requests that are sent twice take turns here, and the second finds what the first did.
      await lockFunds(tx, customerId, instantText(kit.clock.now()));
      const earlier = await earlierMovement(tx, customerId, kind, input);
      if (earlier) return earlier;
      const { balance, deposit } = effects[kind];
      const changed = (sign: string | undefined) => (sign === undefined ? '0.00' : `${sign}${input.amount}`);
      const row = await bookMovement(kit, tx, author, `fund_movement.${kind}`, {
        customer_id: customerId,
        kind,
        amount: input.amount,
        balance_change: changed(balance),
        deposit_change: changed(deposit),
        method: input.method ?? null,
        notes: input.notes ?? null,
        idempotency_key: input.idempotency_key ?? null,
        drawer_of: author.userId ?? null,
      });
      return { ...row, reversed_by_id: null };
    }),
  );
  await payIfMore(kit, onChanged, author, moved);
  return moved;
}

/**
 * Undoes a movement by its opposite. Cash of an open drawer leaves that drawer; of a closed one, the drawer of whoever
 * undoes it.
 * @throws {AppError} not_found, movement_reversed, balance_too_low, deposit_too_low, books_closed
 */
export async function reverseMovement(
  kit: Kit,
  onChanged: OnSubscriptionsChanged,
  author: Author,
  id: string,
  reason: string,
): Promise<MovementWithReversal> {
  const undone = await refusing(() =>
    inTransaction(kit.db, async (tx) => {
      const original = await lockMovement(tx, id);
      if (!original) throw new AppError('not_found');
      const known = await findMovement(tx, id);
      if (original.reverses_id !== null || known?.reversed_by_id !== null)
        throw new AppError('movement_reversed');
      const row = await bookMovement(kit, tx, author, 'fund_movement.reversed', {
        customer_id: original.customer_id,
        kind: original.kind,
        amount: original.amount,
        balance_change: opposite(original.balance_change),
        deposit_change: opposite(original.deposit_change),
        method: original.method,
        notes: reason,
        reverses_id: id,
        drawer_of: original.cash_closing_id === null ? original.drawer_of : (author.userId ?? null),
      });
      return { ...row, reversed_by_id: null };
    }),
  );
  await payIfMore(kit, onChanged, author, undone);
  return undone;
}

/** @throws {AppError} validation_failed where the key was used for something else */
async function earlierMovement(tx: Tx, customerId: string, kind: MovementKind, input: MoveInput) {
  const { idempotency_key: key, amount, method = null } = input;
  const earlier = key === undefined ? undefined : await findMovementByKey(tx, kind, key);
  if (!earlier) return undefined;
  const same = earlier.customer_id === customerId && earlier.amount === amount && earlier.method === method;
  if (!same) throw keyUsed();
  return earlier;
}

async function payIfMore(kit: Kit, onChanged: OnSubscriptionsChanged, author: Author, row: MovementRow) {
  const { customer_id: customerId, balance_change: change } = row;
  if (Number(change) > 0) await payOpenInvoices(kit, onChanged, author, customerId);
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await refusingClosedBooks(work);
  } catch (error) {
    if (violatedConstraint(error) === 'fund_movements_idempotency_key_unique') throw keyUsed();
    throw error;
  }
}
