import type { LineFault } from '#kit/csv/columns.ts';
import type { CsvLine } from '#kit/csv/read-lines.ts';
import type { NumberedInvoice } from '../billing/index.ts';
import { amountLeft, type PastPayment } from '../payments/index.ts';
import { checkBookable } from './check-invoices.ts';
import { wholePaymentOf } from './import-invoices.ts';
import type { PaymentValues } from './payment-columns.ts';

type Line = CsvLine<PaymentValues>;

export interface PaymentChecks {
  readonly today: string;
  readonly closedUntil: string | null;
  readonly invoices: ReadonlyMap<string, NumberedInvoice>;
  /** What was imported before, by the keys of `knownKeys`. */
  readonly known: ReadonlyMap<string, string>;
  /** The key of each line. */
  readonly keys: readonly string[];
}

/**
 * By what lines are known: all they say, and which of several that say the same it is, since somebody may pay the same twice a
 * day. And by what the payments are known that their invoices were imported with.
 */
export function knownKeys(lines: readonly Line[]) {
  const counts = new Map<string, number>();
  const keys = lines.map(({ values: { invoice, amount, date, method, reference } }) => {
    const same = JSON.stringify([invoice, amount, date, method ?? 'cash', reference ?? null]);
    const count = (counts.get(same) ?? 0) + 1;
    counts.set(same, count);
    return `${same}#${count}`;
  });
  const whole = new Set(lines.map(({ values }) => wholePaymentOf(values.invoice)));
  return { keys, whole: [...whole] };
}

/** What of a file is new, how much was there already, and what is wrong. */
export function checkPayments(checks: PaymentChecks, lines: readonly Line[]) {
  const { invoices, known, keys } = checks;
  const faults: LineFault[] = [];
  const left = new Map<string, string>();
  let alreadyThere = 0;
  let alreadyPaid = 0;
  const fresh = lines.flatMap(({ line, values }, index) => {
    const key = keys[index] ?? '';
    const before = faults.length;
    const fault = (column: string, en: string, id: string) => faults.push({ line, column, text: { en, id } });
    if (known.has(key)) {
      alreadyThere += 1;
      return [];
    }
    const invoice = invoices.get(values.invoice);
    if (known.has(wholePaymentOf(values.invoice)) && invoice?.status === 'paid') {
      alreadyPaid += 1;
      return [];
    }
    checkBookable(checks, 'date', values.date, false, fault);
    if (!isPayable(invoice, values.invoice, fault)) return [];
    const rest = left.get(invoice.id) ?? amountLeft(invoice.amount, invoice.amount_paid);
    const then = amountLeft(rest, values.amount);
    if (then.startsWith('-')) tellTooMuch(values, rest, fault);
    else left.set(invoice.id, then);
    return faults.length > before ? [] : [{ key, payment: pastPayment(invoice, values) }];
  });
  return { fresh, alreadyThere, alreadyPaid, faults };
}

type TellFault = (column: string, en: string, id: string) => void;

function isPayable(
  invoice: NumberedInvoice | undefined,
  number: string,
  fault: TellFault,
): invoice is NumberedInvoice {
  const tell = (en: string, id: string) => {
    fault('invoice', `"${number}" ${en}`, `"${number}" ${id}`);
    return false;
  };
  if (invoice === undefined) {
    return tell(
      'is not the number of an invoice. Import the invoices first, or correct the number.',
      'bukan nomor tagihan. Masukkan dulu tagihannya, atau perbaiki nomornya.',
    );
  }
  if (invoice.subscription_id !== null) {
    return tell(
      'is an invoice that Nadi made for a subscription. Enter its payment by hand (POST /api/payments), so that it extends the subscription.',
      'adalah tagihan langganan yang dibuat Nadi. Catat pembayarannya dengan tangan (POST /api/payments), supaya langganannya diperpanjang.',
    );
  }
  if (invoice.status === 'cancelled') {
    return tell(
      'is void, so it cannot be paid. Remove the line, or correct the number.',
      'sudah dibatalkan, jadi tidak bisa dibayar. Hapus barisnya, atau perbaiki nomornya.',
    );
  }
  return true;
}

function tellTooMuch({ amount, invoice }: PaymentValues, rest: string, fault: TellFault): void {
  if (rest === '0.00') {
    fault(
      'invoice',
      `"${invoice}" is paid in full before this line. Remove the line, or correct the number.`,
      `"${invoice}" sudah lunas sebelum baris ini. Hapus barisnya, atau perbaiki nomornya.`,
    );
    return;
  }
  fault(
    'amount',
    `"${amount}" is more than the ${rest} that is left of ${invoice}. Write ${rest} at most.`,
    `"${amount}" lebih besar dari sisa ${invoice}, yaitu ${rest}. Tulis paling banyak ${rest}.`,
  );
}

function pastPayment(invoice: NumberedInvoice, values: PaymentValues): Omit<PastPayment, 'id'> {
  return {
    invoice_id: invoice.id,
    customer_id: invoice.customer_id,
    amount: values.amount,
    method: values.method ?? 'cash',
    date: values.date,
    reference: values.reference ?? null,
    notes: values.notes ?? null,
  };
}
