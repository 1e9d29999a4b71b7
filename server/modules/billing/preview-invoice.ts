import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import { findSubscription } from '../subscriptions/index.ts';
import { customerOf, type InvoiceInput, itemsOf, refusePastDueDate } from './create-invoice.ts';
import { type InvoicePreview, previewItems, previewNextJoint, previewNextPeriod } from './preview-queries.ts';

/** What `createInvoice` would make of the same input; refused where that would be. Nothing is made or locked. */
export async function previewInvoice(kit: Kit, input: InvoiceInput): Promise<InvoicePreview> {
  const customerId = await customerOf(kit.db, input, 'look');
  refusePastDueDate(input.due_date, await organisationToday(kit));
  const items = itemsOf(input);
  const found =
    items === undefined && input.subscription_id !== undefined
      ? await previewNextPeriod(kit.db, input.subscription_id)
      : await previewItems(kit.db, {
          customer_id: customerId,
          subscription_id: input.subscription_id ?? null,
          items: items ?? [],
        });
  if (!found) throw new AppError('conflict');
  return found;
}

/**
 * What the next period of a subscription would cost; where its customer wants one invoice, with what would be on it. @throws {AppError} not_found; subscription_state when cancelled
 */
export async function nextInvoice(kit: Kit, subscriptionId: string): Promise<InvoicePreview> {
  const subscription = await findSubscription(kit.db, subscriptionId);
  if (!subscription) throw new AppError('not_found');
  if (subscription.status === 'cancelled') throw new AppError('subscription_state');
  const { invoice_lead_days: days } = await readOrganisation(kit.db);
  const today = Temporal.PlainDate.from(await organisationToday(kit));
  const now = { horizon: today.add({ days }).toString(), at: instantText(kit.clock.now()) };
  const found =
    (await previewNextJoint(kit.db, subscriptionId, now)) ??
    (await previewNextPeriod(kit.db, subscriptionId));
  if (!found) throw new AppError('not_found');
  return found;
}
