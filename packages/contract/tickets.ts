import { z } from 'zod';
import { customerSummarySchema } from './customer-summary.ts';
import { endpoint, fileSchema } from './endpoint.ts';
import { id, idParams, instant, line } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

/** `open`: the office has to answer. `waiting`: the customer. A customer's reply opens a closed one again. */
export const ticketStates = ['open', 'waiting', 'closed'] as const;
export const attachmentTypes = ['application/pdf', 'image/png', 'image/jpeg'] as const;

/** All files of one reply together, decoded: what a request of one megabyte has room for. */
export const mostAttachedBytes = 700 * 1024;

const attachmentSchema = z.object({
  id: z.uuid(),
  filename: z.string(),
  type: z.enum(attachmentTypes),
  size: z.number(),
});

const reply = {
  id: z.uuid(),
  by: z.enum(['customer', 'staff']),
  body: z.string(),
  created_at: instant,
  attachments: z.array(attachmentSchema),
};

const ticket = {
  id: z.uuid(),
  subject: z.string(),
  state: z.enum(ticketStates),
  subscription_id: z.uuid().nullable(),
  created_at: instant,
  updated_at: instant,
  closed_at: instant.nullable(),
};

export const ownTicketSchema = z.object(ticket).meta({ id: 'OwnTicket' });
const ownReplySchema = z.object(reply).meta({ id: 'OwnTicketReply' });
const ownTicketDetail = ownTicketSchema.extend({ replies: z.array(ownReplySchema) });

export const ticketSchema = z
  .object({ ...ticket, assigned_to: z.uuid().nullable(), customer: customerSummarySchema })
  .meta({ id: 'Ticket' });
/** `author` is the name of whoever of the office wrote it. */
const replySchema = z.object({ ...reply, author: z.string().nullable() }).meta({ id: 'TicketReply' });
const ticketDetail = ticketSchema.extend({ replies: z.array(replySchema) });

const text = line(2000);
const attachments = z
  .array(
    z.strictObject({
      filename: line(100),
      content: z
        .base64({
          error: say(
            'Send the file as base64 text, without "data:" before it.',
            'Kirim berkas sebagai teks base64, tanpa "data:" di depannya.',
          ),
        })
        .min(1)
        .max(Math.ceil(mostAttachedBytes / 3) * 4),
    }),
  )
  .max(3)
  .default([]);
const newReply = z.strictObject({ body: text, attachments });
const attachmentParams = z.strictObject({ id, attachment_id: id });
const filters = { ...pageQuery, state: z.enum(ticketStates).optional() };

/** A customer's own tickets. */
export const ownTickets = {
  listOwnTickets: endpoint({
    method: 'GET',
    path: '/api/portal/tickets',
    tag: 'Portal',
    summary: 'One’s tickets, newest first',
    permission: 'customer',
    query: z.strictObject(filters),
    status: 200,
    response: pageOf(ownTicketSchema),
    errors: [],
  }),
  createOwnTicket: endpoint({
    method: 'POST',
    path: '/api/portal/tickets',
    tag: 'Portal',
    summary: 'Write to the provider, with up to three pictures or PDF files of 700 kB together',
    permission: 'customer',
    body: newReply.extend({ subject: line(150), subscription_id: id.optional() }),
    status: 201,
    response: ownTicketDetail,
    errors: ['customer_inactive', 'tickets_full'],
    rateLimit: 10,
  }),
  showOwnTicket: endpoint({
    method: 'GET',
    path: '/api/portal/tickets/:id',
    tag: 'Portal',
    summary: 'One of one’s tickets with its replies, oldest first',
    permission: 'customer',
    params: idParams,
    status: 200,
    response: ownTicketDetail,
    errors: ['not_found'],
  }),
  replyToOwnTicket: endpoint({
    method: 'POST',
    path: '/api/portal/tickets/:id/replies',
    tag: 'Portal',
    summary: 'Answer on a ticket; a closed one is open again',
    permission: 'customer',
    params: idParams,
    body: newReply,
    status: 201,
    response: ownReplySchema,
    errors: ['not_found', 'customer_inactive', 'ticket_full'],
    rateLimit: 20,
  }),
  ownTicketAttachment: endpoint({
    method: 'GET',
    path: '/api/portal/tickets/:id/attachments/:attachment_id',
    tag: 'Portal',
    summary: 'A file on one of one’s tickets, to be saved',
    permission: 'customer',
    params: attachmentParams,
    status: 200,
    response: fileSchema,
    produces: attachmentTypes,
    errors: ['not_found'],
    rateLimit: 60,
  }),
};

/** The office's side of tickets. */
export const tickets = {
  listTickets: endpoint({
    method: 'GET',
    path: '/api/tickets',
    tag: 'Tickets',
    summary: 'Tickets with their customers, newest first',
    permission: 'tickets:read',
    query: z.strictObject({ ...filters, customer_id: id.optional(), assigned_to: id.optional() }),
    status: 200,
    response: pageOf(ticketSchema),
    errors: [],
  }),
  showTicket: endpoint({
    method: 'GET',
    path: '/api/tickets/:id',
    tag: 'Tickets',
    summary: 'A ticket with its replies, oldest first',
    permission: 'tickets:read',
    params: idParams,
    status: 200,
    response: ticketDetail,
    errors: ['not_found'],
  }),
  replyToTicket: endpoint({
    method: 'POST',
    path: '/api/tickets/:id/replies',
    tag: 'Tickets',
    summary: 'Answer the customer, who is then waited for',
    permission: 'tickets:write',
    params: idParams,
    body: newReply,
    status: 201,
    response: replySchema,
    errors: ['not_found', 'ticket_full'],
  }),
  updateTicket: endpoint({
    method: 'PUT',
    path: '/api/tickets/:id',
    tag: 'Tickets',
    summary: 'Give a ticket to a user, or to nobody',
    permission: 'tickets:write',
    params: idParams,
    body: z.strictObject({ assigned_to: id.nullable() }),
    status: 200,
    response: ticketSchema,
    errors: ['not_found'],
  }),
  closeTicket: endpoint({
    method: 'POST',
    path: '/api/tickets/:id/close',
    tag: 'Tickets',
    summary: 'Close a ticket; closing it again changes nothing',
    permission: 'tickets:write',
    params: idParams,
    status: 200,
    response: ticketSchema,
    errors: ['not_found'],
  }),
  ticketAttachment: endpoint({
    method: 'GET',
    path: '/api/tickets/:id/attachments/:attachment_id',
    tag: 'Tickets',
    summary: 'A file on a ticket, to be saved',
    permission: 'tickets:read',
    params: attachmentParams,
    status: 200,
    response: fileSchema,
    produces: attachmentTypes,
    errors: ['not_found'],
  }),
};
