import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { accountOf, changeFunds, lockFunds, post } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { isMore } from '../payments/index.ts';
import { opposite } from './movements.ts';
import { presentMovement } from './present.ts';
import { insertMovement, type MovementRow } from './queries.ts';

type NewMovement = Pick<
  MovementRow,
  'customer_id' | 'kind' | 'amount' | 'balance_change' | 'deposit_change' | 'method' | 'notes' | 'drawer_of'
> & { readonly reverses_id?: string; readonly idempotency_key?: string | null };

/**
 * Writes a movement, changes the customer's funds by it, and books it; the caller may hold their lock already.
 * @throws {AppError} balance_too_low, deposit_too_low
 */
export async function bookMovement(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  movement: NewMovement,
): Promise<MovementRow> {
  const at = instantText(kit.clock.now());
  const {
    customer_id: customerId,
    kind,
    method,
    balance_change: balance,
    deposit_change: deposit,
  } = movement;
  const funds = await lockFunds(tx, customerId, at);
  if (balance.startsWith('-') && isMore(opposite(balance), funds.balance))
    throw new AppError('balance_too_low');
  if (deposit.startsWith('-') && isMore(opposite(deposit), funds.deposit))
    throw new AppError('deposit_too_low');
  const row = await insertMovement(tx, {
    ...movement,
    id: newId(kit.clock),
    created_by: author.userId ?? null,
    created_at: at,
  });
  await changeFunds(tx, customerId, { balance, deposit }, at);
  const move = (debit: string, credit: string, amount: string) => ({
    debit,
    credit,
    amount,
    customerId,
    paymentId: row.id,
  });
  const moves =
    method === null
      ? [move('deposit', 'customer_balance', balance)]
      : [move(accountOf(method), 'customer_balance', balance), move(accountOf(method), 'deposit', deposit)];
  const ledgerKind = movement.reverses_id === undefined ? kind : `${kind}_reversed`;
  await post(tx, moves, { day: await organisationToday(kit, tx), kind: ledgerKind, at });
  await recordChanges(tx, kit.clock, author, [
    {
      action,
      subjectType: 'fund_movement',
      subjectId: row.id,
      after: presentMovement({ ...row, reversed_by_id: null }),
    },
  ]);
  return row;
}
