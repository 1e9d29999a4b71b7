import { between, chance, pick } from './chance.ts';
import type { PaymentDetails } from './office.ts';
import type { Person } from './people.ts';

export interface PlannedPayment {
  readonly invoiceId: string;
  /** Local date, YYYY-MM-DD. */
  readonly on: string;
  /** Minutes after midnight. */
  readonly minute: number;
  /** All of the invoice, half of it, or what is then left. */
  readonly part: 'all' | 'half' | 'rest';
  /** Of the whole invoice; decimal text. */
  readonly amount: string;
  readonly details: PaymentDetails;
}

export interface OpenInvoice {
  readonly id: string;
  readonly due_date: string;
  readonly amount: string;
  /** The local date on which it was made. */
  readonly made: string;
}

const opens = 10 * 60 + 30;
const closes = 20 * 60 + 30;

/** When and how `person` pays an invoice; nothing where they never do. `quitDate`: from then on they pay no more. */
export function planPayments(
  person: Person,
  invoice: OpenInvoice,
  quitDate: string | undefined,
): readonly PlannedPayment[] {
  const key = [person.username, invoice.due_date];
  if (person.habit === 'stops paying' && quitDate !== undefined && invoice.due_date >= quitDate) return [];
  const late = daysLate(person, key);
  const due = Temporal.PlainDate.from(invoice.due_date);
  const lead = Temporal.PlainDate.from(invoice.made).until(due).days;
  // Most pay in the last days before it is due.
  const early = Math.floor(chance(...key, 'early') ** 2 * (lead + 1));
  const on = due.add({ days: late > 0 ? late : -early });
  const planned = {
    invoiceId: invoice.id,
    amount: invoice.amount,
    minute: between(opens, closes, ...key, 'minute'),
    details: detailsOf(person, key),
  };
  if (person.habit !== 'in parts' || chance(...key, 'parts') < 0.6)
    return [{ ...planned, on: on.toString(), part: 'all' }];
  return [
    { ...planned, on: on.toString(), part: 'half' },
    { ...planned, on: on.add({ days: between(1, 9, ...key, 'second') }).toString(), part: 'rest' },
  ];
}

function daysLate(person: Person, key: readonly string[]): number {
  const often = {
    punctual: 0.03,
    'sometimes late': 0.25,
    late: 0.65,
    'in parts': 0.1,
    'stops paying': 0.3,
    leaves: 0.1,
  };
  if (chance(...key, 'late') >= often[person.habit]) return 0;
  return person.habit === 'late' ? between(2, 14, ...key, 'days') : between(1, 6, ...key, 'days');
}

function detailsOf(person: Person, key: readonly string[]): PaymentDetails {
  // People keep to their way of paying.
  const method = pick(
    ['cash', 'cash', 'cash', 'transfer', 'transfer', 'transfer', 'qris', 'dana'] as const,
    person.username,
    'method',
  );
  if (method === 'cash') return { method };
  return {
    method,
    transaction_id: `${method.slice(0, 3).toUpperCase()}${between(10_000_000, 99_999_999, ...key, 'reference')}`,
  };
}
