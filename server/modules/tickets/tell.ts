import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { raiseAlerts } from '../alerts/index.ts';
import { tellCustomers } from '../notifications/index.ts';
import { readOrganisation } from '../organisation/index.ts';
import { officeReplied } from './queries.ts';

const titles = {
  opened: { en: 'New ticket', id: 'Tiket baru' },
  replied: { en: 'Reply to a ticket', id: 'Balasan tiket' },
};

/** Has staff told that a customer wrote. What was written stays in the ticket: it is erased with the customer's details. */
export async function tellStaff(
  kit: Kit,
  tx: Tx,
  what: 'opened' | 'replied',
  { ticketId, customer }: { readonly ticketId: string; readonly customer: string },
): Promise<void> {
  const language = (await readOrganisation(tx)).language === 'en' ? 'en' : 'id';
  const message = { en: `From ${customer}.`, id: `Dari ${customer}.` }[language];
  const alert = { type: 'system', severity: 'info', title: titles[what][language], message } as const;
  await raiseAlerts(tx, [{ ...alert, meta: { ticket_id: ticketId } }], instantText(kit.clock.now()));
}

/** Has the customer told that the office replied. */
export const tellCustomer = (kit: Kit, tx: Tx, replyId: string): Promise<void> =>
  tellCustomers(kit, tx, officeReplied(replyId, `${kit.config.frontendUrl}/portal`));
