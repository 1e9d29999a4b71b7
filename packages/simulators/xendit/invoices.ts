import { randomBytes } from 'node:crypto';
import type { Body } from '../payments/notification.ts';
import type { SimulatorTime } from '../time.ts';
import { type Invoice, type InvoicePayment, type InvoiceStatus, invoiceMoves } from './invoice.ts';

/** The invoices of an account. Whoever changes a status is heard: `tell` is called after each. */
export class Invoices {
  readonly time: SimulatorTime;
  readonly #byId = new Map<string, Invoice>();
  readonly #byExternalId = new Map<string, Invoice[]>();
  readonly #pending = new Set<Invoice>();
  readonly #tell: (invoice: Invoice) => void;

  constructor(time: SimulatorTime, tell: (invoice: Invoice) => void) {
    this.time = time;
    this.#tell = tell;
  }

  /** An external id may come again: that is another invoice. */
  add(externalId: string, amount: number, seconds: number, asked: Body): Invoice {
    const created = this.time.milliseconds;
    const invoice: Invoice = {
      id: randomBytes(12).toString('hex'),
      externalId,
      amount,
      created,
      expires: created + seconds * 1000,
      asked,
      history: ['PENDING'],
      status: 'PENDING',
      updated: created,
      paid: undefined,
    };
    this.#byId.set(invoice.id, invoice);
    this.#byExternalId.set(externalId, [...(this.#byExternalId.get(externalId) ?? []), invoice]);
    this.#pending.add(invoice);
    return invoice;
  }

  find(id: string): Invoice | undefined {
    const invoice = this.#byId.get(id);
    if (invoice !== undefined) this.#expireIfDue(invoice);
    return invoice;
  }

  /** All with this external id, the newest first. */
  ofExternalId(externalId: string): readonly Invoice[] {
    const invoices = this.#byExternalId.get(externalId) ?? [];
    for (const invoice of invoices) this.#expireIfDue(invoice);
    return invoices.toReversed();
  }

  /** Throws where Xendit does not go. */
  move(invoice: Invoice, to: InvoiceStatus): void {
    if (!invoiceMoves[invoice.status].includes(to))
      throw new Error(`${invoice.externalId} cannot go from ${invoice.status} to ${to}.`);
    invoice.status = to;
    invoice.updated = this.time.milliseconds;
    invoice.history.push(to);
    this.#pending.delete(invoice);
    this.#tell(invoice);
  }

  /** Throws if it cannot be paid any more. */
  pay(invoice: Invoice, payment: InvoicePayment): void {
    if (invoice.status !== 'PENDING') throw new Error(`${invoice.externalId} is ${invoice.status}.`);
    const { method = 'BANK_TRANSFER', channel = 'BCA', amount = invoice.amount } = payment;
    const { surcharge = 0, fee = 0 } = payment;
    invoice.paid = { at: this.time.milliseconds, method, channel, amount, surcharge, fee };
    this.move(invoice, 'PAID');
  }

  /** Lets invoices expire whose time is over. */
  tick(): void {
    for (const invoice of [...this.#pending]) this.#expireIfDue(invoice);
  }

  #expireIfDue(invoice: Invoice): void {
    if (invoice.status === 'PENDING' && invoice.expires <= this.time.milliseconds)
      this.move(invoice, 'EXPIRED');
  }
}
