import type { TestApp } from '../support/test-app.ts';

/** Amounts of money as hundredths, summed by a text. */
type Sums = Readonly<Record<string, bigint>>;

interface Entry {
  readonly day: string;
  readonly debit: string;
  readonly credit: string;
  readonly kind: string;
  readonly amount: string;
  readonly customer_id: string;
  readonly invoice_id: string | null;
  readonly payment_id: string | null;
  readonly package_id: string | null;
}

interface Row {
  readonly [field: string]: string | number | boolean | null;
}

const cents = (amount: unknown) => BigInt(String(amount).replace('.', ''));

/** A quotient half away from zero. */
function rounded(amount: bigint, by: bigint): bigint {
  const size = (n: bigint) => (n < 0n ? -n : n);
  const half = (2n * size(amount) + size(by)) / (2n * size(by));
  return amount < 0n === by < 0n ? half : -half;
}

function summed(pairs: readonly (readonly [key: string, amount: bigint])[]): Sums {
  const sums = new Map<string, bigint>();
  for (const [key, amount] of pairs) sums.set(key, (sums.get(key) ?? 0n) + amount);
  return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0n).sort());
}

/** The reports' figures, counted row by row from the tables that everybody else writes. */
export async function naiveReports({ kit }: TestApp, today: string) {
  const query = async <T>(text: string) => (await kit.pool.query(text)).rows as T[]; // The columns asked for.
  const entries = await query<Entry>(
    'select booked_on as day, debit, credit, kind, amount, customer_id, invoice_id, payment_id, package_id from ledger_entries order by id',
  );
  const by = async (table: string) =>
    new Map((await query<Row & { id: string }>(`select * from ${table}`)).map((row) => [row.id, row]));
  const [customers, payments, invoices] = [await by('customers'), await by('payments'), await by('invoices')];
  const movements = await by('fund_movements');
  const taxes = await query<Row>('select * from invoice_taxes');
  const moved = (entry: Entry, account: string) =>
    entry.credit === account ? cents(entry.amount) : entry.debit === account ? -cents(entry.amount) : 0n;
  const money = ['cash', 'bank', 'gateway'];
  const open = [...invoices.values()].filter((row) => ['unpaid', 'overdue'].includes(String(row.status)));
  const left = (row: Row) => cents(row.amount) - cents(row.amount_paid);
  const days = (row: Row) => Temporal.PlainDate.from(String(row.due_date)).until(today).total('days');
  const age = (row: Row) => {
    const late = days(row);
    if (late <= 0) return 'not_due';
    return late <= 30 ? 'days_1_30' : late <= 60 ? 'days_31_60' : late <= 90 ? 'days_61_90' : 'over_90_days';
  };
  // Taxes from before Nadi are one, whatever their rates.
  const taxKey = (entry: Entry, tax: Row) =>
    [
      entry.day.slice(0, 7),
      tax.name,
      /^0+$/.test(String(tax.tax_id).replaceAll('-', '')) ? null : tax.rate,
    ].join('|');
  // What was paid from a balance was money when it came onto it.
  const received = [...payments.values()].filter(
    (row) => row.reversed_at === null && row.method !== 'balance',
  );
  const paid = [
    ...received.map((row) => [localDay(row.payment_date), cents(row.amount)] as const),
    ...[...movements.values()].map((row) => [localDay(row.created_at), cents(row.balance_change)] as const),
  ];
  return {
    revenue: summed(
      entries.map((entry) => [
        [
          entry.day.slice(0, 7),
          entry.package_id,
          entry.payment_id === null ? customers.get(entry.customer_id)?.area : null,
        ].join('|'),
        moved(entry, 'revenue'),
      ]),
    ),
    lateFees: summed(entries.map((entry) => [entry.day.slice(0, 7), moved(entry, 'late_fees')])),
    collections: summed(
      entries.flatMap((entry) =>
        money.map((account) => {
          const [payment, movement] = [payments, movements].map((rows) => rows.get(String(entry.payment_id)));
          return [
            [
              entry.day,
              account,
              (payment ?? movement)?.method,
              payment?.received_by ?? movement?.created_by,
            ].join('|'),
            -moved(entry, account),
          ] as const;
        }),
      ),
    ),
    tax: summed(
      entries.flatMap((entry) => {
        const booked = moved(entry, 'tax');
        const own = taxes.filter((tax) => tax.invoice_id === entry.invoice_id);
        const total = own.reduce((sum, tax) => sum + cents(tax.amount), 0n);
        if (booked === 0n || total === 0n) return [];
        // A credit note books a part; what its taxes are together is what it says.
        let upto = 0n;
        return own
          .toSorted((one, other) => Number(one.tax_number) - Number(other.tax_number))
          .flatMap((tax) => {
            const before = rounded(booked * upto, total);
            upto += cents(tax.amount);
            return [
              [`${taxKey(entry, tax)}|tax`, rounded(booked * upto, total) - before] as const,
              [`${taxKey(entry, tax)}|base`, rounded(cents(tax.base_amount) * booked, total)] as const,
            ];
          });
      }),
    ),
    taxAccount: entries.reduce((sum, entry) => sum + moved(entry, 'tax'), 0n),
    receivableAccount: entries.reduce((sum, entry) => sum - moved(entry, 'receivable'), 0n),
    ages: summed(open.map((row) => [age(row), left(row)])),
    openInvoices: open.length,
    overdueInvoices: open.filter((row) => days(row) > 0).length,
    overdueAmount: open.filter((row) => days(row) > 0).reduce((sum, row) => sum + left(row), 0n),
    debtors: summed(open.map((row) => [String(row.customer_id), left(row)])),
    paidByMonth: summed(paid.map(([day, amount]) => [day.slice(0, 7), amount])),
    paidToday: paid.filter(([day]) => day === today).reduce((sum, [, amount]) => sum + amount, 0n),
  };
}

function localDay(instant: unknown): string {
  return Temporal.Instant.from(String(instant)).toZonedDateTimeISO('Asia/Jakarta').toPlainDate().toString();
}

type Answer = Record<string, Record<string, string>> & {
  rows: Record<string, string | null>[];
  data: Record<string, string>[];
};

/** The same figures, as the API answers them. */
export async function askedReports(nadi: TestApp, span: string) {
  const ask = async (path: string) => {
    const answer = await nadi.request({ url: path });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
    return answer.json<Answer>();
  };
  const revenue = await ask(`/api/reports/revenue?${span}`);
  const collections = await ask(`/api/reports/collections?${span}&by=day`);
  const tax = await ask(`/api/reports/tax?${span}`);
  const owed = await ask('/api/reports/receivables?per_page=100');
  const stats = (await ask('/api/dashboard/stats')) as unknown as Record<string, string> & {
    revenue_by_month: { month: string; amount: string }[];
  };
  return {
    revenue: summed(
      revenue.rows.map((row) => [[row.month, row.package_id, row.area].join('|'), cents(row.revenue)]),
    ),
    lateFees: summed(revenue.rows.map((row) => [String(row.month), cents(row.late_fees)])),
    collections: summed(
      collections.rows.map((row) => [
        [row.period, row.account, row.method, row.received_by].join('|'),
        cents(row.net),
      ]),
    ),
    tax: summed(
      tax.rows.flatMap((row) => [
        [[row.month, row.name, row.rate, 'tax'].join('|'), cents(row.tax)] as const,
        [[row.month, row.name, row.rate, 'base'].join('|'), cents(row.base)] as const,
      ]),
    ),
    taxAccount: cents(tax.totals?.tax),
    receivableAccount: cents(owed.totals?.amount),
    ages: summed(
      Object.entries(owed.totals ?? {})
        .filter(([key]) => key === 'not_due' || key.includes('days'))
        .map(([key, amount]) => [key, cents(amount)]),
    ),
    openInvoices: Number(owed.totals?.invoices),
    overdueInvoices: Number(stats.overdue_invoices),
    overdueAmount: cents(stats.overdue_amount),
    debtors: summed(owed.data.map((row) => [String(row.customer_id), cents(row.amount)])),
    paidByMonth: summed(stats.revenue_by_month.map(({ month, amount }) => [month, cents(amount)])),
    paidToday: cents(stats.revenue_today),
  };
}
