import type { z } from 'zod';
import type { ownTicketSchema, ticketSchema } from '#contract';
import type { ReplyRow, TicketRow } from './queries.ts';

type Ticket = z.input<typeof ticketSchema>;

export function presentTicket(row: TicketRow): Ticket {
  const { customer_id: _, ...shown } = row;
  return { ...shown, state: row.state as Ticket['state'] }; // The column's check allows just the contract's values.
}

/** A ticket as its customer sees it: without who of the office has it. */
export function presentOwnTicket(row: TicketRow): z.input<typeof ownTicketSchema> {
  const { customer: _, assigned_to: __, ...shown } = presentTicket(row);
  return shown;
}

export function presentReply(row: ReplyRow) {
  return { ...row, attachments: [...row.attachments] };
}

/** A reply as the customer sees it: the office answers as one. */
export function presentOwnReply(row: ReplyRow) {
  const { author: _, ...shown } = presentReply(row);
  return shown;
}
