import type { Connection, RowDataPacket } from 'mysql2/promise';
import { UserError } from '#kit/errors.ts';
import { connect, type DatabaseAddress, inPlainWords } from './connect.ts';
import { cleanText } from './rules.ts';

/** The columns that are used of each table. Versions differ: one that is not there is empty in every row. */
const columnsUsed = {
  tbl_customers: [
    'username',
    'password',
    'pppoe_username',
    'pppoe_password',
    'pppoe_ip',
    'fullname',
    'address',
    'city',
    'district',
    'state',
    'zip',
    'phonenumber',
    'email',
    'balance',
    'status',
    'created_at',
  ],
  tbl_bandwidth: ['rate_down', 'rate_down_unit', 'rate_up', 'rate_up_unit', 'burst'],
  tbl_plans: ['name_plan', 'id_bw', 'price', 'type', 'validity', 'validity_unit', 'routers', 'enabled'],
  tbl_user_recharges: [
    'customer_id',
    'username',
    'plan_id',
    'namebp',
    'recharged_on',
    'expiration',
    'status',
    'routers',
    'type',
  ],
  tbl_transactions: [
    'invoice',
    'username',
    'user_id',
    'plan_name',
    'price',
    'recharged_on',
    'expiration',
    'method',
    'type',
    'note',
  ],
  tbl_routers: ['name'],
  tbl_voucher: ['status'],
} as const;

type Table = keyof typeof columnsUsed;
const needed: readonly Table[] = ['tbl_customers', 'tbl_plans'];
const page = 5000;

/** A row with its id; a column is text, empty where it is null or not there. */
export interface SourceRow {
  readonly id: number;
  /** Of a name, password or amount: without what cannot be stored. */
  readonly get: (column: string) => string;
}

/** A PHPNuxBill database as it stood when it was opened, for reading alone. */
export interface Source extends AsyncDisposable {
  readonly count: (table: Table) => Promise<number>;
  /** The rows of a table in the order of their ids, some thousand at a time; none where the table is not there. */
  readonly pages: (table: Table) => AsyncGenerator<readonly SourceRow[]>;
  readonly all: (table: Table) => Promise<readonly SourceRow[]>;
}

/** @throws {UserError} when it cannot be reached or is not PHPNuxBill’s, in plain words and without the password. */
export async function openSource(address: DatabaseAddress): Promise<Source> {
  const connection = await connect(address);
  // A connection that breaks between two queries emits this; the next query tells.
  connection.on('error', () => undefined);
  const query = (text: string, values: readonly (string | number)[] = []) =>
    inPlainWords(address, () => connection.query<RowDataPacket[]>(text, [...values]).then(([rows]) => rows));
  try {
    await query('set transaction isolation level repeatable read');
    await query('start transaction with consistent snapshot, read only');
    const columns = await readColumns(query, address.database);
    const missing = needed.filter((table) => !columns.has(table));
    if (missing.length > 0) {
      throw new UserError(
        `The database ${address.database} is not PHPNuxBill’s: it has no table ${missing.join(' and no ')}. Check its name; it stands in PHPNuxBill’s config.php.`,
      );
    }
    return sourceOf(connection, query, columns);
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

type Query = (text: string, values?: readonly (string | number)[]) => Promise<RowDataPacket[]>;

async function readColumns(
  query: Query,
  database: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await query(
    'select table_name as t, column_name as c from information_schema.columns where table_schema = ?',
    [database],
  );
  const byTable = Map.groupBy(rows, (row) => String(row.t));
  return new Map([...byTable].map(([table, list]) => [table, new Set(list.map((row) => String(row.c)))]));
}

function sourceOf(
  connection: Connection,
  query: Query,
  columns: ReadonlyMap<string, ReadonlySet<string>>,
): Source {
  async function* pages(table: Table): AsyncGenerator<readonly SourceRow[]> {
    const there = columns.get(table);
    if (!there?.has('id')) return;
    const used = columnsUsed[table].filter((name) => there.has(name));
    const list = ['id', ...used].map((name) => `\`${name}\``).join(', ');
    for (let last = 0, more = true; more; ) {
      const rows = await query(`select ${list} from \`${table}\` where id > ? order by id limit ${page}`, [
        last,
      ]);
      more = rows.length === page;
      last = Number(rows.at(-1)?.id ?? last);
      if (rows.length > 0) yield rows.map(rowOf);
    }
  }
  return {
    pages,
    count: async (table) => {
      if (!columns.has(table)) return 0;
      const [row] = await query(`select count(*) as n from \`${table}\``);
      return Number(row?.n ?? 0);
    },
    all: async (table) => (await Array.fromAsync(pages(table))).flat(),
    [Symbol.asyncDispose]: async () => connection.destroy(),
  };
}

function rowOf(row: RowDataPacket): SourceRow {
  return { id: Number(row.id), get: (column) => cleanText(String(row[column] ?? '')) };
}
