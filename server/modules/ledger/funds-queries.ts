import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { postStatement } from './post-queries.ts';

interface Funds {
  readonly balance: string;
  readonly deposit: string;
}

/** Locks a customer's funds until the transaction ends, and makes their row where there is none. */
export async function lockFunds(db: Db, customerId: string, at: string): Promise<Funds> {
  const { rows } = await sql<Funds>`
    insert into customer_funds (customer_id, updated_at) values (${customerId}, ${at}::timestamptz)
    on conflict (customer_id) do update set updated_at = customer_funds.updated_at
    returning balance, deposit`.execute(db);
  const [funds] = rows;
  if (!funds) throw new Error('INSERT … RETURNING gave no row.');
  return funds;
}

/**
 * Adds to balances: `added` is a relation of customer_id and amount (zero or more), once each customer.
 */
export function addBalanceStatement(added: SqlPart<unknown>, at: string): SqlPart<unknown> {
  return sql`
    insert into customer_funds as f (customer_id, balance, updated_at)
    select customer_id, amount, ${at}::timestamptz from ${added} where amount <> 0
    on conflict (customer_id) do update set balance = f.balance + excluded.balance, updated_at = excluded.updated_at`;
}

/** Takes `taken` (customer_id, amount) from balances that exist; one that would fall below zero is refused. */
export function takeBalanceStatement(taken: SqlPart<unknown>, at: string): SqlPart<unknown> {
  return sql`
    update customer_funds f set balance = f.balance - t.amount, updated_at = ${at}::timestamptz
    from (select * from ${taken}) t where f.customer_id = t.customer_id`;
}

/** Adds to one customer's balance and deposit; decimal texts, negative to take away. */
export async function changeFunds(
  db: Db,
  customerId: string,
  change: { readonly balance?: string; readonly deposit?: string },
  at: string,
): Promise<void> {
  await sql`
    update customer_funds set balance = balance + ${change.balance ?? '0'}::numeric,
      deposit = deposit + ${change.deposit ?? '0'}::numeric, updated_at = ${at}::timestamptz
    where customer_id = ${customerId}`.execute(db);
}

/** Gives customers the balances they had in other billing software, booked on `day` against the account of what was there before. */
export async function openBalances(
  db: Db,
  balances: readonly { readonly customer_id: string; readonly amount: string }[],
  day: string,
  at: string,
): Promise<void> {
  const given = sql`jsonb_to_recordset(${JSON.stringify(balances)}::jsonb) as b(customer_id uuid, amount numeric)`;
  await addBalanceStatement(sql`(select * from ${given}) b`, at).execute(db);
  const moves = sql`(select 'opening' as debit, 'customer_balance' as credit, amount, customer_id, null::uuid as invoice_id,
    null::uuid as payment_id, null::uuid as package_id from ${given}) m`;
  await postStatement(moves, { day: sql`${day}::date`, kind: 'opening_balance', at }).execute(db);
}
