import { instantText } from '#kit/clock.ts';
import { type Db, inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findCustomer, keepCustomer } from '../customers/index.ts';
import { refusingClosedBooks } from '../ledger/index.ts';
import { organisationToday } from '../organisation/index.ts';
import { findSubscription, lockSubscription } from '../subscriptions/index.ts';
import { firstOfSet, insertDraft } from './draft-queries.ts';
import type { NewInvoice } from './item-queries.ts';
import { presentInvoice } from './present.ts';
import { findInvoice, type InvoiceWithCustomer, issueItems, issueNextPeriod } from './queries.ts';
import { totalOf } from './rules.ts';

export interface InvoiceInput {
  readonly subscription_id?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly amount?: string | undefined;
  readonly lines?: NewInvoice['items'] | undefined;
  readonly due_date: string;
  readonly notes?: string | null | undefined;
  /** Stored without a number and outside the books, to be issued later. */
  readonly draft?: boolean | undefined;
}

/** The largest amount an invoice can have: what fits the column, with as much tax again. */
const largest = 99_999_999_999n;

/**
 * Invoices by hand. With an amount or lines it is an invoice of its own; of a subscription without either, it is the
 * subscription's next period at its package's price, and the run will not make that one again.
 */
export async function createInvoice(
  kit: Kit,
  author: Author,
  input: InvoiceInput,
): Promise<InvoiceWithCustomer> {
  try {
    return await refusingClosedBooks(() =>
      inTransaction(kit.db, async (tx) => {
        const customerId = await customerOf(tx, input, 'keep');
        const today = await organisationToday(kit, tx);
        refusePastDueDate(input.due_date, today);
        const id = input.draft
          ? await store(kit, tx, input, customerId)
          : await issue(kit, tx, author, input, customerId, today);
        const invoice = await findInvoice(tx, id);
        if (!invoice) throw new Error('The invoice was not inserted.');
        const { customer: _, ...after } = presentInvoice(invoice);
        await recordChanges(tx, kit.clock, author, [
          {
            action: input.draft ? 'invoice.drafted' : 'invoice.created',
            subjectType: 'invoice',
            subjectId: id,
            after,
          },
        ]);
        return invoice;
      }),
    );
  } catch (error) {
    if (violatedConstraint(error) === 'invoices_period_unique') throw new AppError('period_already_invoiced');
    throw error;
  }
}

/** @throws {AppError} validation_failed */
export function refusePastDueDate(dueDate: string, today: string): void {
  if (dueDate >= today) return;
  throw fieldError('due_date', {
    en: 'The due date cannot lie in the past.',
    id: 'Jatuh tempo tidak boleh sudah lewat.',
  });
}

/** Whom an invoice is for; with 'keep' nothing about it changes until the transaction ends. @throws {AppError} validation_failed */
export async function customerOf(db: Db, input: InvoiceInput, hold: 'keep' | 'look'): Promise<string> {
  if (input.subscription_id !== undefined) {
    if (hold === 'keep') await lockSubscription(db, input.subscription_id);
    const subscription = await findSubscription(db, input.subscription_id);
    if (!subscription || subscription.status === 'cancelled') {
      throw fieldError('subscription_id', {
        en: 'There is no such subscription, or it is cancelled.',
        id: 'Langganan ini tidak ada atau sudah dibatalkan.',
      });
    }
    if (input.customer_id !== undefined && input.customer_id !== subscription.customer_id) {
      throw fieldError('customer_id', {
        en: 'The subscription belongs to another customer.',
        id: 'Langganan ini milik pelanggan lain.',
      });
    }
    return subscription.customer_id;
  }
  // Before the number: whoever deletes a customer goes on to the subscriptions, and those on to the number.
  const read = hold === 'keep' ? keepCustomer : findCustomer;
  const customer = input.customer_id === undefined ? undefined : await read(db, input.customer_id);
  if (!customer || customer.anonymised_at !== null) {
    throw fieldError('customer_id', {
      en: 'Name an existing customer, or a subscription.',
      id: 'Sebutkan pelanggan yang ada, atau langganan.',
    });
  }
  return customer.id;
}

async function issue(
  kit: Kit,
  tx: Tx,
  author: Author,
  input: InvoiceInput,
  customerId: string,
  today: string,
): Promise<string> {
  const context = {
    today,
    at: instantText(kit.clock.now()),
    runId: null,
    idPrefix: newIdPrefix(kit.clock),
    dueDate: input.due_date,
    notes: input.notes ?? null,
  };
  const items = itemsOf(input);
  if (items === undefined && input.subscription_id !== undefined) {
    const id = await issueNextPeriod(tx, input.subscription_id, context);
    if (id === undefined) throw new AppError('conflict');
    return id;
  }
  const invoice = {
    customer_id: customerId,
    subscription_id: input.subscription_id ?? null,
    items: items ?? [],
  };
  return issueItems(tx, invoice, {
    ...context,
    log: { action: 'created', message: `Invoiced by ${author.name}` },
  });
}

async function store(kit: Kit, tx: Tx, input: InvoiceInput, customerId: string): Promise<string> {
  const items = itemsOf(input);
  if (items === undefined) {
    throw fieldError('amount', {
      en: 'A draft needs an amount or lines.',
      id: 'Draf perlu amount atau lines.',
    });
  }
  const id = `${newIdPrefix(kit.clock)}${firstOfSet}`;
  const invoice = { customer_id: customerId, subscription_id: input.subscription_id ?? null, items };
  const at = instantText(kit.clock.now());
  await insertDraft(tx, invoice, { id, dueDate: input.due_date, notes: input.notes ?? null, at });
  return id;
}

/** The lines asked for; undefined for the next period. @throws {AppError} validation_failed */
export function itemsOf(
  input: Pick<InvoiceInput, 'amount' | 'lines' | 'notes' | 'subscription_id'>,
): NewInvoice['items'] | undefined {
  if (input.amount !== undefined && input.lines !== undefined) {
    throw fieldError('lines', {
      en: 'Give an amount or lines, not both.',
      id: 'Isi amount atau lines, jangan keduanya.',
    });
  }
  const lines =
    input.amount === undefined
      ? input.lines
      : [
          {
            description: [...(input.notes ?? '')].slice(0, 255).join('') || 'Internet',
            quantity: 1,
            unit_price: input.amount,
          },
        ];
  if (lines === undefined && input.subscription_id === undefined) {
    throw fieldError('amount', { en: 'Give an amount or lines.', id: 'Isi amount atau lines.' });
  }
  const total = lines === undefined ? 1n : totalOf(lines);
  if (total > largest || total < 1n) {
    throw fieldError(input.lines ? 'lines' : 'amount', {
      en: 'The total must be at least one rupiah and below one hundred billion.',
      id: 'Total harus paling sedikit satu rupiah dan di bawah seratus miliar.',
    });
  }
  return lines;
}
