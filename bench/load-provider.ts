import type { PoolClient } from 'pg';
import type { Kit } from '#kit/kit.ts';
import { familyNames, givenNames, phonePrefixes } from './names.ts';

const tables = ['customers', 'packages', 'subscriptions', 'mikrotik_secrets', 'invoices'];

/** Ids as `newIdPrefix` makes them: in order of time, and a number behind. */
const id = (millisecond: string, n: string) =>
  `(lpad(to_hex((${millisecond})::bigint), 12, '0') || '70008000' || lpad(to_hex(${n}), 12, '0'))::uuid`;

/** Newest first are those with the highest numbers; one joined about every 95 seconds of the last three years. */
const joined = (rows: number) =>
  `timestamptz '2026-02-22 01:00:00+00' - interval '3 years' * (${rows} - n) / ${rows}`;

const text = (values: readonly string[]) => `array[${values.map((value) => `'${value}'`).join(', ')}]`;

/** One of `values`, the first ones most often: the square root of their share of a dictionary, as with real names. */
const pick = (values: string, count: number, power: number) =>
  `${values}[1 + floor(power(random(), ${power}) * ${count})::int]`;

function statements(rows: number): readonly string[] {
  const given = pick('g', givenNames.length, 2);
  const family = pick('f', familyNames.length, 2);
  return [
    `insert into packages (id, name, bandwidth, price, created_at, updated_at)
     select ${id('n', 'n')}, (n * 10) || ' Mbps', n || '0M/' || n || '0M', 100000 + n * 50000, at, at
     from generate_series(1, 4) n, (select timestamptz '2023-01-01 00:00:00+00' as at) a`,
    `insert into customers (id, name, email, phone, address, status, area, created_at, updated_at)
     select ${id('extract(epoch from at) * 1000', 'n')}, name,
       case when n % 3 = 0 then lower(replace(name, ' ', '.')) || n || '@example.com' end, phone,
       'Jl. Merdeka No. ' || n % 200 || ', RT 0' || n % 9, case when n % 50 = 0 then 'inactive' else 'active' end,
       'Area ' || lpad((n % 40)::text, 2, '0'), at, at
     from (
       select n, ${joined(rows)} as at, ${given} || case when random() < 0.4 then ' ' || ${given} else '' end || ' ' || ${family} as name,
         ${pick('p', phonePrefixes.length, 1.5)} || lpad(floor(random() * 100000000)::int::text, 8, '0') as phone
       from generate_series(1, ${rows}) n,
         (select ${text(givenNames)} as g, ${text(familyNames)} as f, ${text(phonePrefixes)} as p) names
     ) c`,
    `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
     select id, id, ${id('n % 4 + 1', 'n % 4 + 1')}, 'user' || n, created_at::date, '2026-03-01', '2026-03-01', 1, created_at, created_at
     from (select id, created_at, row_number() over (order by id) as n from customers) c`,
    `insert into invoices (id, invoice_number, customer_id, subscription_id, period_start, period_end, amount, amount_paid, due_date, status, paid_at, created_at, updated_at)
     select ${id('extract(epoch from at) * 1000', 'number')}, 'INV-' || to_char(at, 'YYYYMMDD') || '-' || lpad(number::text, 7, '0'), c.id, c.id,
       due, (due + interval '1 month')::date, 250000, case when k < 3 then 250000 else 0 end, due,
       case when k < 3 then 'paid' else 'unpaid' end, case when k < 3 then at end, at, at
     from generate_series(1, 3) k,
       lateral (select timestamptz '2025-11-22 01:00:00+00' + interval '1 month' * k as at, (date '2025-12-01' + interval '1 month' * k)::date as due) d,
       lateral (select id, (k - 1) * ${rows} + row_number() over (order by id) as number from customers) c`,
  ];
}

/**
 * Fills an empty installation with `rows` customers who have a subscription each, and three times as many invoices.
 * Foreign keys are not checked and indexes are built at the end, which is what makes it quick.
 */
export function loadProvider(kit: Kit, rows: number): Promise<void> {
  return loadTables(kit, tables, statements(rows));
}

/** Fills tables by statements, without their indexes, checks and triggers. */
export async function loadTables(
  kit: Kit,
  filled: readonly string[],
  inserts: readonly string[],
): Promise<void> {
  const client = await kit.pool.connect();
  try {
    await client.query(
      "select setseed(0.5); set synchronous_commit = off; set session_replication_role = replica; set maintenance_work_mem = '1GB'",
    );
    const indexes = await dropIndexes(client, filled);
    for (const statement of inserts) await client.query(statement);
    for (const index of indexes) await client.query(index);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    // Not given back: its settings are not for others.
    client.release(true);
  }
}

/** Drops the indexes that are no constraint's, and returns the statements that make them again. */
async function dropIndexes(client: PoolClient, filled: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
     where i.indrelid = any($1::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [filled],
  );
  for (const { name } of rows) await client.query(`drop index ${name}`);
  return rows.map(({ definition }) => definition);
}
