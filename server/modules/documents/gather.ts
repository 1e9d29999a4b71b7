import { localDate } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import { AppError, type Language } from '#kit/errors.ts';
import { findInvoice, linesOfInvoice, presentInvoice, taxesOfInvoice } from '../billing/index.ts';
import { findLogo, type OrganisationRow, readOrganisation } from '../organisation/index.ts';
import { amountLeft, findPayment } from '../payments/index.ts';
import type { InvoiceDocument, Issuer, Period, ReceiptDocument } from './document.ts';
import { customerOnDocument, nameOfUser } from './queries.ts';
import { sumOf } from './rules.ts';

/** An invoice with all that its document says. @throws {AppError} not_found */
export async function gatherInvoice(
  db: Db,
  id: string,
  language: Language | undefined,
): Promise<InvoiceDocument> {
  const found = await findInvoice(db, id);
  if (!found) throw new AppError('not_found');
  const invoice = presentInvoice(found);
  const [organisation, issuer, customer, lines, taxes] = await Promise.all([
    readOrganisation(db),
    issuerOf(db),
    customerOnDocument(db, invoice.customer_id),
    linesOfInvoice(db, id),
    taxesOfInvoice(db, id),
  ]);
  const text = language ?? languageOf(organisation);
  const late = {
    description: lateFee[text],
    quantity: 1,
    unitPrice: invoice.late_fee,
    amount: invoice.late_fee,
  };
  return {
    language: text,
    issuer,
    customer,
    number: invoice.invoice_number,
    issuedOn: dateIn(invoice.created_at, organisation),
    dueDate: invoice.due_date,
    period: periodOf(invoice),
    status: invoice.status,
    lines: [
      ...lines.map(({ description, quantity, unit_price, amount }) => ({
        description,
        quantity,
        unitPrice: unit_price,
        amount,
      })),
      ...(Number(invoice.late_fee) > 0 ? [late] : []),
    ],
    subtotal: sumOf([...lines.map((line) => line.amount), invoice.late_fee]),
    taxes: taxes.map(({ name, amount, inclusive }) => ({ name: taxName(name, inclusive, text), amount })),
    total: invoice.amount,
    paid: invoice.amount_paid,
    // Nobody pays for what is void.
    left: invoice.status === 'cancelled' ? '0.00' : amountLeft(invoice.amount, invoice.amount_paid),
    notes: invoice.notes,
    createdAt: invoice.created_at,
  };
}

/** A payment with all that its receipt says. @throws {AppError} not_found */
export async function gatherReceipt(
  db: Db,
  id: string,
  language: Language | undefined,
): Promise<ReceiptDocument> {
  const payment = await findPayment(db, id);
  const invoice = payment && (await findInvoice(db, payment.invoice_id));
  if (!payment || !invoice) throw new AppError('not_found');
  const [organisation, issuer, customer, receivedBy] = await Promise.all([
    readOrganisation(db),
    issuerOf(db),
    customerOnDocument(db, invoice.customer_id),
    nameOfUser(db, payment.received_by),
  ]);
  return {
    language: language ?? languageOf(organisation),
    issuer,
    customer,
    reference: payment.receipt_number,
    invoiceNumber: invoice.invoice_number,
    period: periodOf(invoice),
    amount: payment.amount,
    left: invoice.status === 'cancelled' ? '0.00' : amountLeft(invoice.amount, invoice.amount_paid),
    method: payment.method,
    transactionId: payment.transaction_id,
    paidOn: dateIn(payment.payment_date, organisation),
    receivedBy,
    notes: payment.notes,
    reversed:
      payment.reversed_at === null
        ? null
        : { on: dateIn(payment.reversed_at, organisation), reason: payment.reversal_reason },
    createdAt: payment.created_at,
  };
}

const lateFee = { id: 'Denda keterlambatan', en: 'Late fee' } as const;

/** An included tax is told as such: it is no part of the sum below the lines. */
function taxName(name: string, inclusive: boolean, language: Language): string {
  if (!inclusive) return name;
  return language === 'id' ? `Termasuk ${name}` : `Including ${name}`;
}

async function issuerOf(db: Db): Promise<Issuer> {
  const [organisation, logo] = await Promise.all([readOrganisation(db), findLogo(db)]);
  const { name, legal_name: legalName, address, phone, email, tax_number: taxNumber } = organisation;
  return { name, legalName, address, phone, email, taxNumber, logo: logo?.image ?? null };
}

function languageOf({ language }: OrganisationRow): Language {
  return language === 'en' ? 'en' : 'id'; // The column's check allows just these two.
}

function dateIn(instant: string, { timezone }: OrganisationRow): string {
  return localDate(Temporal.Instant.from(instant), timezone).toString();
}

function periodOf(invoice: { period_start: string | null; period_end: string | null }): Period | null {
  const { period_start: start, period_end: end } = invoice;
  return start === null || end === null ? null : { start, end };
}
