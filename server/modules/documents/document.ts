import type { Language } from '#kit/errors.ts';

// What is printed, as plain values: amounts as decimal text, dates as the organisation's local YYYY-MM-DD. Whoever
// fills these knows the tables; whoever draws them knows only these.

/** Who issues the document. */
export interface Issuer {
  readonly name: string;
  readonly legalName: string | null;
  readonly address: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  /** NPWP. */
  readonly taxNumber: string | null;
  /** A PNG or JPEG; one that cannot be drawn is left out. */
  readonly logo: Buffer | null;
}

export interface DocumentCustomer {
  readonly name: string;
  readonly address: string | null;
  readonly phone: string | null;
  readonly email: string | null;
}

export interface DocumentLine {
  readonly description: string;
  readonly quantity: number;
  readonly unitPrice: string;
  /** Below zero where the line takes something off, such as a discount. */
  readonly amount: string;
}

/** Half-open: `end` is the first day that is not paid for. */
export interface Period {
  readonly start: string;
  readonly end: string;
}

export interface InvoiceDocument {
  readonly language: Language;
  readonly issuer: Issuer;
  readonly customer: DocumentCustomer;
  /** Null while it is a draft. */
  readonly number: string | null;
  readonly issuedOn: string;
  readonly dueDate: string;
  readonly period: Period | null;
  readonly status: 'draft' | 'unpaid' | 'overdue' | 'paid' | 'cancelled';
  readonly lines: readonly DocumentLine[];
  readonly subtotal: string;
  /** A row each between subtotal and total, such as "PPN 11%". */
  readonly taxes: readonly { readonly name: string; readonly amount: string }[];
  readonly total: string;
  readonly paid: string;
  readonly left: string;
  readonly notes: string | null;
  /** RFC 3339; kept in the file as its creation, so that the same document gives the same bytes. */
  readonly createdAt: string;
}

export interface ReceiptDocument {
  readonly language: Language;
  readonly issuer: Issuer;
  readonly customer: DocumentCustomer;
  /** The receipt's number. */
  readonly reference: string;
  readonly invoiceNumber: string | null;
  readonly period: Period | null;
  readonly amount: string;
  /** What is left to pay on the invoice now. */
  readonly left: string;
  /** As {@link paymentMethods} of the contract. */
  readonly method: string;
  readonly transactionId: string | null;
  readonly paidOn: string;
  /** Null where no person took it. */
  readonly receivedBy: string | null;
  readonly notes: string | null;
  readonly reversed: { readonly on: string; readonly reason: string | null } | null;
  readonly createdAt: string;
}
