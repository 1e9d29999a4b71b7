import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';

/** The account in which the money of a payment method lies. */
export function accountOf(method: string): string {
  if (method === 'cash') return 'cash';
  if (method === 'transfer' || method === 'other') return 'bank';
  return method === 'balance' ? 'customer_balance' : 'gateway';
}

/**
 * Books a set: `moves` is a relation of debit, credit, amount, customer_id, invoice_id, payment_id, package_id. An amount
 * below zero moves the other way, and one of nothing is left out. A day whose books are closed refuses it
 * (`ledger_entries_of_open_days`).
 */
export function postStatement(
  moves: SqlPart<unknown>,
  { day, kind, at }: { readonly day: SqlPart<unknown>; readonly kind: string; readonly at: string },
): SqlPart<unknown> {
  return sql`
    insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, invoice_id, payment_id, package_id, created_at)
    select ${day}, case when amount > 0 then debit else credit end, case when amount > 0 then credit else debit end,
      abs(amount), ${kind}, customer_id, invoice_id, payment_id, package_id, ${at}::timestamptz
    from ${moves} where amount <> 0`;
}

/** A move of money that has to do with one customer. */
export interface Move {
  readonly debit: string;
  readonly credit: string;
  /** Decimal text; below zero it moves the other way. */
  readonly amount: string;
  readonly customerId: string;
  readonly invoiceId?: string | undefined;
  /** Of the payment, or of the movement of funds. */
  readonly paymentId?: string | undefined;
}

/** Books a few moves on `day`, a local date. */
export async function post(
  db: Db,
  moves: readonly Move[],
  { day, kind, at }: { readonly day: string; readonly kind: string; readonly at: string },
): Promise<void> {
  const rows = moves.map((move) => ({
    debit: move.debit,
    credit: move.credit,
    amount: move.amount,
    customer_id: move.customerId,
    invoice_id: move.invoiceId ?? null,
    payment_id: move.paymentId ?? null,
  }));
  const relation = sql`(select *, null::uuid as package_id from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
    as m(debit text, credit text, amount numeric, customer_id uuid, invoice_id uuid, payment_id uuid)) m`;
  await postStatement(relation, { day: sql`${day}::date`, kind, at }).execute(db);
}

/** Books the opposite of all entries of an invoice that are not of a payment, on `day`; used when it is voided. */
export async function postVoid(
  db: Db,
  invoiceId: string,
  customerId: string,
  { day, at }: { readonly day: string; readonly at: string },
): Promise<void> {
  const entries = sql`(select credit as debit, debit as credit, amount, customer_id, invoice_id, payment_id, package_id
    from ledger_entries where customer_id = ${customerId} and invoice_id = ${invoiceId} and payment_id is null) e`;
  await postStatement(entries, { day: sql`${day}::date`, kind: 'invoice_voided', at }).execute(db);
}
