import { errorCatalog } from '#contract';
import { AppError } from '#kit/errors.ts';
import type { CustomerCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { readOrganisation } from '../organisation/index.ts';
import type { PaymentPlace, PortalHooks } from './hooks.ts';
import type { OwnInvoice } from './own-queries.ts';

/**
 * A place where the rest of a customer's own invoice can be paid online; where there is none, the refusal tells how to pay
 * otherwise. Whatever the customer's state is, an open invoice can be paid.
 * @throws {AppError} invoice_paid, invoice_cancelled, payment_unavailable
 */
export async function payNow(
  kit: Kit,
  hooks: PortalHooks,
  call: CustomerCall,
  invoice: OwnInvoice,
): Promise<PaymentPlace> {
  if (invoice.status === 'paid') throw new AppError('invoice_paid');
  if (invoice.status === 'cancelled') throw new AppError('invoice_cancelled');
  const { customerId } = call.customer;
  const place = await hooks.payInvoice({ invoiceId: invoice.id, customerId, author: call.author });
  if (place) return place;
  const { payment_instructions: told } = await readOrganisation(kit.db);
  const { en, id } = errorCatalog.payment_unavailable;
  const more = told === null ? '' : `\n${told}`;
  throw new AppError('payment_unavailable', { message: { en: en + more, id: id + more } });
}
