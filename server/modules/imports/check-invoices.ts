import type { LineFault } from '#kit/csv/columns.ts';
import type { CsvLine } from '#kit/csv/read-lines.ts';
import type { Tx } from '#kit/db.ts';
import { countedDays, invoicesByNumber } from '../billing/index.ts';
import type { InvoiceValues } from './invoice-columns.ts';
import { customersMeant, type NamedCustomer } from './source-queries.ts';

/** What the checks of a file of invoices remember from batch to batch. */
export interface InvoiceChecks {
  readonly tx: Tx;
  readonly today: string;
  readonly closedUntil: string | null;
  /** The line of each number of the file. */
  readonly numbers: Map<string, number>;
  /** The customers each text of the customer column means. */
  readonly customers: Map<string, readonly NamedCustomer[]>;
}

type Line = CsvLine<InvoiceValues>;

interface FreshInvoice {
  readonly values: InvoiceValues;
  readonly customerId: string;
}

/** What of a batch is new, how many were there already, and what is wrong. */
export async function checkInvoices(checks: InvoiceChecks, lines: readonly Line[]) {
  const faults: LineFault[] = [];
  await findCustomers(checks, lines);
  const there = await invoicesByNumber(
    checks.tx,
    lines.map(({ values }) => values.number),
  );
  const counted = await countedDays(checks.tx, [
    ...new Set(lines.flatMap((line) => dayOfNumber(line) ?? [])),
  ]);
  let known = 0;
  const fresh = lines.flatMap((line): FreshInvoice[] => {
    const { values } = line;
    const fault = (column: string, en: string, id: string) =>
      faults.push({ line: line.line, column, text: { en, id } });
    const before = faults.length;
    const customer = meant(checks, values.customer, fault);
    if (!firstOfItsNumber(checks, line, fault)) return [];
    const old = there.get(values.number);
    if (old !== undefined && customer !== undefined) {
      if (old.customer_id === customer.id && old.amount === values.amount) known += 1;
      else {
        fault(
          'number',
          `"${values.number}" is already the number of an invoice of ${old.customer} of ${old.amount}. Look which is right; write another number if both are.`,
          `"${values.number}" sudah menjadi nomor tagihan ${old.customer} sebesar ${old.amount}. Periksa mana yang benar; kalau keduanya benar, tulis nomor lain.`,
        );
      }
      return [];
    }
    if (old === undefined) checkNumber(checks, values.number, dayOfNumber(line), counted, fault);
    checkDates(checks, values, fault);
    checkTax(values, fault);
    return customer === undefined || faults.length > before ? [] : [{ values, customerId: customer.id }];
  });
  return { fresh, known, faults };
}

type TellFault = (column: string, en: string, id: string) => void;

async function findCustomers({ tx, customers }: InvoiceChecks, lines: readonly Line[]): Promise<void> {
  const unknown = [...new Set(lines.map(({ values }) => values.customer))].filter(
    (text) => !customers.has(text),
  );
  if (unknown.length === 0) return;
  const found = Map.groupBy(await customersMeant(tx, unknown), (row) => row.wanted);
  for (const text of unknown) customers.set(text, found.get(text) ?? []);
}

function meant({ customers }: InvoiceChecks, text: string, fault: TellFault): NamedCustomer | undefined {
  const found = customers.get(text) ?? [];
  const [first] = found;
  const shown = text.slice(0, 40);
  if (first === undefined) {
    fault(
      'customer',
      `"${shown}" is no username of a subscription, and no e-mail or phone of a customer. Import the customer first, or write one of these three.`,
      `"${shown}" bukan username langganan, dan bukan email atau telepon pelanggan. Masukkan dulu pelanggannya, atau tulis salah satu dari tiga itu.`,
    );
    return undefined;
  }
  if (found.length === 1) return first;
  const names = found.slice(0, 5).map((row) => row.name);
  fault(
    'customer',
    `"${shown}" belongs to ${found.length} customers: ${names.join(', ')}. Write the username of a subscription of the right one.`,
    `"${shown}" milik ${found.length} pelanggan: ${names.join(', ')}. Tulis username langganan pelanggan yang benar.`,
  );
  return undefined;
}

function firstOfItsNumber({ numbers }: InvoiceChecks, { line, values }: Line, fault: TellFault): boolean {
  const before = numbers.get(values.number);
  if (before === undefined) {
    numbers.set(values.number, line);
    return true;
  }
  fault(
    'number',
    `"${values.number}" stands in line ${before} already. Each number can stand once.`,
    `"${values.number}" sudah ada di baris ${before}. Setiap nomor hanya boleh sekali.`,
  );
  return false;
}

/** The day of a number that looks like ours, INV-20260115-0001; undefined for others. */
function dayOfNumber({ values }: Line): string | undefined {
  const [, year, month, day] = /^INV-(\d{4})(\d{2})(\d{2})-\d{4,}$/.exec(values.number) ?? [];
  const text = `${year}-${month}-${day}`;
  return isDate(text) ? text : undefined;
}

function isDate(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text).toString() === text;
  } catch {
    return false;
  }
}

/** A number that looks like ours must be of a day that is over and on which we gave none. */
function checkNumber(
  { today }: InvoiceChecks,
  number: string,
  day: string | undefined,
  counted: ReadonlySet<string>,
  fault: TellFault,
): void {
  if (day === undefined) return;
  // A day more, since another time zone may make yesterday today again.
  const isOver = day < Temporal.PlainDate.from(today).subtract({ days: 1 }).toString();
  if (isOver && !counted.has(day)) return;
  fault(
    'number',
    `"${number}" is a number that Nadi gives itself on that day. Write something before it, such as OLD-${number}.`,
    `"${number}" adalah nomor yang diberikan Nadi sendiri pada hari itu. Tulis sesuatu di depannya, misalnya LAMA-${number}.`,
  );
}

function checkDates({ today, closedUntil }: InvoiceChecks, values: InvoiceValues, fault: TellFault): void {
  for (const column of ['date', 'paid_on'] as const) {
    const value = values[column];
    if (value === undefined || (column === 'paid_on' && values.status !== 'paid')) continue;
    checkBookable({ today, closedUntil }, column, value, values.status === 'void', fault);
  }
}

/** What is imported happened, and is booked on its day; `unbooked` says that it is only kept. */
export function checkBookable(
  { today, closedUntil }: Pick<InvoiceChecks, 'today' | 'closedUntil'>,
  column: string,
  value: string,
  unbooked: boolean,
  fault: TellFault,
): void {
  if (value > today) {
    fault(
      column,
      `"${value}" lies in the future. Write the day it happened.`,
      `"${value}" belum terjadi. Tulis tanggal kejadiannya.`,
    );
  } else if (!unbooked && closedUntil !== null && value <= closedUntil) {
    fault(
      column,
      `"${value}": the books are closed until ${closedUntil}, and stay closed. Leave the line out, or write a later date.`,
      `"${value}": pembukuan sudah ditutup sampai ${closedUntil} dan tetap tertutup. Hapus baris ini, atau tulis tanggal sesudahnya.`,
    );
  }
}

function checkTax({ amount, tax = '0.00' }: InvoiceValues, fault: TellFault): void {
  if (BigInt(tax.slice(0, -3)) * 2n <= BigInt(amount.slice(0, -3))) return;
  fault(
    'tax',
    `"${tax}" is more than half of the amount. Write how much of the amount is tax.`,
    `"${tax}" lebih dari setengah jumlahnya. Tulis berapa dari jumlah itu yang berupa pajak.`,
  );
}
