import { newId } from '#kit/ids.ts';
import { insertPastInvoices, invoicesByNumber, type PastInvoice } from '../../billing/index.ts';
import { insertCustomers } from '../../customers/index.ts';
import { insertPastPayments, type PastPayment } from '../../payments/index.ts';
import { existing, importedBefore, type Origin, rememberOrigins } from '../source-queries.ts';
import type { SourceRow } from './read-source.ts';
import { amountText, methodOf, packageType, readAmount, readDate } from './rules.ts';
import type { ImportContext, KnownCustomers } from './state.ts';

/** What is remembered from page to page. */
interface Books {
  readonly customers: KnownCustomers;
  readonly closedUntil: string | null;
  readonly numbers: Set<string>;
  /** For transactions whose date is none: that of the one before. */
  lastDate: string;
  /** The customer who stands for vouchers and for those who were deleted; made when needed. */
  nobody: string | undefined;
}

interface Sale {
  readonly row: SourceRow;
  readonly customerId: string;
  readonly amount: bigint;
  readonly date: string;
}

/** Brings transactions as paid invoices with their payments, booked on their dates. */
export async function bringTransactions(
  context: ImportContext,
  customers: KnownCustomers,
  closedUntil: string | null,
): Promise<void> {
  const { tx, source, sourceName, counts } = context;
  const books: Books = {
    customers,
    closedUntil,
    numbers: new Set(),
    lastDate: context.today,
    nobody: undefined,
  };
  for await (const rows of source.pages('tbl_transactions')) {
    const before = await importedBefore(
      tx,
      sourceName,
      'invoice',
      rows.map((row) => String(row.id)),
    );
    counts.alreadyThere += before.size;
    const sales: Sale[] = [];
    for (const row of rows) {
      const sale = before.has(String(row.id)) ? undefined : await saleOf(context, books, row);
      if (sale !== undefined) sales.push(sale);
    }
    await addSales(context, books, sales);
    context.progress(rows.length);
  }
}

async function saleOf(context: ImportContext, books: Books, row: SourceRow): Promise<Sale | undefined> {
  const { report } = context;
  const tell = (en: string, id: string) => report.remark({ en, id }, 'tbl_transactions', row.id);
  const date = dateOf(context, books, row);
  if (context.transactionsFrom !== undefined && date < context.transactionsFrom) {
    report.remark({
      en: `transactions before ${context.transactionsFrom}: left out, as you asked`,
      id: `transaksi sebelum ${context.transactionsFrom}: dilewati, sesuai permintaan`,
    });
    return undefined;
  }
  if (packageType(row.get('type')) === undefined) {
    tell(
      'top-ups of a balance: not invoices; what is left of them is in the balances',
      'pengisian saldo: bukan tagihan; sisanya ada di saldo',
    );
    return undefined;
  }
  const amount = readAmount(row.get('price'));
  if (amount === undefined) {
    const shown = `"${row.get('price')}"`;
    report.fault(
      'tbl_transactions',
      row.id,
      'price',
      `${shown} is not an amount. Correct it in PHPNuxBill.`,
      `${shown} bukan jumlah uang. Perbaiki di PHPNuxBill.`,
    );
    return undefined;
  }
  if (amount < 0n) {
    tell(
      'transactions below zero: not brought; enter them by hand where they matter',
      'transaksi di bawah nol: tidak dibawa; catat dengan tangan kalau perlu',
    );
    return undefined;
  }
  if (books.closedUntil !== null && date <= books.closedUntil && amount > 0n) {
    report.fault(
      'tbl_transactions',
      row.id,
      'recharged_on',
      `${date}: the books are closed until ${books.closedUntil}, and stay closed. Leave such transactions out with --transactions-from and the day after.`,
      `${date}: pembukuan sudah ditutup sampai ${books.closedUntil} dan tetap tertutup. Lewati transaksi itu dengan --transactions-from dan tanggal sesudahnya.`,
    );
    return undefined;
  }
  return { row, customerId: await customerOf(context, books, row), amount, date };
}

function dateOf({ report, today }: ImportContext, books: Books, row: SourceRow): string {
  const date = readDate(row.get('recharged_on'));
  if (date === undefined || date > today) {
    const text =
      date === undefined
        ? {
            en: 'transactions without a date: booked on that of the one before',
            id: 'transaksi tanpa tanggal: dibukukan pada tanggal transaksi sebelumnya',
          }
        : {
            en: 'transactions that lie in the future: booked today',
            id: 'transaksi yang belum terjadi: dibukukan hari ini',
          };
    report.remark(text, 'tbl_transactions', row.id);
    return date === undefined ? books.lastDate : today;
  }
  books.lastDate = date;
  return date;
}

async function customerOf(context: ImportContext, books: Books, row: SourceRow): Promise<string> {
  const { byId, byUsername } = books.customers;
  const found = byId.get(Number(row.get('user_id'))) ?? byUsername.get(row.get('username').toLowerCase());
  if (found !== undefined) return found.id;
  context.report.remark(
    {
      en: `transactions of vouchers and of deleted customers: brought under the customer "${nobodyName}"`,
      id: `transaksi voucher dan pelanggan yang sudah dihapus: dibawa atas nama pelanggan "${nobodyName}"`,
    },
    'tbl_transactions',
    row.id,
  );
  books.nobody ??= await nobodyOf(context);
  return books.nobody;
}

const nobodyName = 'PHPNuxBill: voucher / dihapus';

/** The customer of sales whose customer is not known: so the totals of each month stay what they were. */
async function nobodyOf({ tx, kit, sourceName, at, counts }: ImportContext): Promise<string> {
  const before = await importedBefore(tx, sourceName, 'customer', ['nobody']);
  const [there] = await existing(tx, 'customers', [...before.values()]);
  if (there !== undefined) return there;
  const id = newId(kit.clock);
  const row = { id, name: nobodyName, email: null, phone: null, address: null, created_at: at };
  await insertCustomers(tx, [{ ...row, status: 'inactive' }]);
  if (before.size === 0) {
    await rememberOrigins(tx, sourceName, [{ kind: 'customer', sourceId: 'nobody', id }], at);
  }
  counts.customers += 1;
  return id;
}

async function addSales(context: ImportContext, books: Books, sales: readonly Sale[]): Promise<void> {
  const { tx, kit, sourceName, at, report, counts } = context;
  if (sales.length === 0 || report.faultCount > 0) return;
  const there = await invoicesByNumber(
    tx,
    sales.map(({ row }) => row.get('invoice')),
  );
  const made = sales.map((sale) => {
    const invoice = invoiceOf(newId(kit.clock), sale, freeNumber(context, books, sale, there));
    return { invoice, payment: sale.amount > 0n ? paymentOf(newId(kit.clock), sale, invoice) : undefined };
  });
  await insertPastInvoices(
    tx,
    made.map(({ invoice }) => invoice),
    context,
  );
  const payments = made.flatMap(({ payment }) => payment ?? []);
  if (payments.length > 0) await insertPastPayments(tx, payments, context);
  const origins = made.flatMap(({ invoice, payment }, index): Origin[] => {
    const sourceId = String(sales[index]?.row.id);
    const origin: Origin = { kind: 'invoice', sourceId, id: invoice.id };
    return payment === undefined ? [origin] : [origin, { kind: 'payment', sourceId, id: payment.id }];
  });
  await rememberOrigins(tx, sourceName, origins, at);
  counts.invoices += made.length;
  counts.payments += payments.length;
}

/** The number as it was. PHPNuxBill gives one twice at times, and one of our own form could meet ours. */
function freeNumber(
  { report }: ImportContext,
  { numbers }: Books,
  { row }: Sale,
  there: ReadonlyMap<string, unknown>,
): string {
  const given = row.get('invoice').slice(0, 40).toWellFormed();
  const isOurs = /^INV-\d{8}-\d{4,}$/.test(given);
  const isFree = given !== '' && !isOurs && !numbers.has(given) && !there.has(given);
  const number = isFree ? given : `${given === '' || isOurs ? 'PHPNUXBILL' : given}-T${row.id}`;
  if (!isFree) {
    report.remark(
      {
        en: 'invoice numbers that were given twice: the later ones got their id at the end, like INV-12-T13',
        id: 'nomor tagihan yang dipakai dua kali: yang belakangan diberi id di akhirnya, seperti INV-12-T13',
      },
      'tbl_transactions',
      row.id,
    );
  }
  numbers.add(number);
  return number;
}

function invoiceOf(id: string, { row, customerId, amount, date }: Sale, number: string): PastInvoice {
  const until = readDate(row.get('expiration'));
  const period = until === undefined || until <= date ? [] : [`${date} – ${until}`];
  const description = [row.get('plan_name') || 'Internet', ...period].join(', ');
  return {
    id,
    number,
    customer_id: customerId,
    date,
    due_date: date,
    amount: amountText(amount),
    tax: '0.00',
    description: description.slice(0, 255).toWellFormed(),
    cancelled: false,
  };
}

function paymentOf(id: string, { row, customerId, date }: Sale, invoice: PastInvoice): PastPayment {
  const notes = [row.get('method'), row.get('note')].filter(Boolean).join('; ');
  return {
    id,
    invoice_id: invoice.id,
    customer_id: customerId,
    amount: invoice.amount,
    method: methodOf(row.get('method')),
    date,
    reference: null,
    notes: notes.slice(0, 500).toWellFormed() || null,
  };
}

/** The price each plan was last sold for, by its name: for plans that were deleted. */
export async function lastPricesOf({ source }: ImportContext): Promise<ReadonlyMap<string, bigint>> {
  const prices = new Map<string, bigint>();
  for await (const rows of source.pages('tbl_transactions')) {
    for (const row of rows) {
      const price = readAmount(row.get('price'));
      if (price !== undefined && price > 0n) prices.set(row.get('plan_name'), price);
    }
  }
  return prices;
}
