import { ownTickets, tickets } from '#contract';
import type { Db, Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { presentFile } from './attachments.ts';
import { presentOwnReply, presentOwnTicket, presentReply, presentTicket } from './present.ts';
import {
  deleteTicketsOf,
  findAttachment,
  findTicket,
  listTicketRows,
  repliesOf,
  type Side,
} from './queries.ts';
import { assignTicket, closeTicket, openTicket, replyAsCustomer, replyAsStaff } from './write.ts';

/** Erases what customers wrote, whose personal details were erased. */
export const eraseTicketsOf = (tx: Tx, customerIds: readonly string[]): Promise<void> =>
  deleteTicketsOf(tx, customerIds);

/** What customers write to the provider, and the answers. */
export function ticketsModule(kit: Kit): Module {
  return { name: 'tickets', routes: [...ownRoutes(kit), ...officeRoutes(kit)] };
}

async function foundTicket(db: Db, side: Side, id: string) {
  const ticket = await findTicket(db, side, id);
  if (!ticket) throw new AppError('not_found');
  return { ticket, replies: await repliesOf(db, id) };
}

async function file(db: Db, side: Side, { id, attachment_id }: { id: string; attachment_id: string }) {
  const found = await findAttachment(db, side, id, attachment_id);
  if (!found) throw new AppError('not_found');
  return presentFile(found);
}

function ownRoutes(kit: Kit) {
  const own = async (customerId: string, id: string) => {
    const { ticket, replies } = await foundTicket(kit.db, { customerId }, id);
    return { ...presentOwnTicket(ticket), replies: replies.map(presentOwnReply) };
  };
  return routes(ownTickets, {
    listOwnTickets: async ({ query }, call) =>
      paginate(call, query, await listTicketRows(kit.db, call.customer, query), presentOwnTicket),
    createOwnTicket: async ({ body }, call) =>
      own(call.customer.customerId, await openTicket(kit, call, body)),
    showOwnTicket: ({ params }, { customer }) => own(customer.customerId, params.id),
    replyToOwnTicket: async ({ params, body }, call) =>
      presentOwnReply(await replyAsCustomer(kit, call, params.id, body)),
    ownTicketAttachment: ({ params }, { customer }) => file(kit.db, customer, params),
  });
}

function officeRoutes(kit: Kit) {
  return routes(tickets, {
    listTickets: async ({ query }, call) =>
      paginate(call, query, await listTicketRows(kit.db, 'office', query), presentTicket),
    showTicket: async ({ params }) => {
      const { ticket, replies } = await foundTicket(kit.db, 'office', params.id);
      return { ...presentTicket(ticket), replies: replies.map(presentReply) };
    },
    replyToTicket: async ({ params, body }, call) =>
      presentReply(await replyAsStaff(kit, call, params.id, body)),
    updateTicket: async ({ params, body }, call) =>
      presentTicket(await assignTicket(kit, call, params.id, body.assigned_to)),
    closeTicket: async ({ params }, call) => presentTicket(await closeTicket(kit, call, params.id)),
    ticketAttachment: ({ params }) => file(kit.db, 'office', params),
  });
}
