import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author, CustomerCall, SignedInCall } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { lockCustomer, refuseInactive } from '../customers/index.ts';
import { type CheckedFile, checkFiles, type GivenFile } from './attachments.ts';
import {
  countOn,
  countOpenOf,
  insertReply,
  insertTicket,
  lockTicket,
  ownsSubscription,
  type ReplyRow,
  repliesOf,
  type Side,
  type TicketRow,
  updateTicketRow,
} from './queries.ts';
import { tellCustomer, tellStaff } from './tell.ts';

const mostOpen = 10;
const mostReplies = 200;
const mostFiles = 30;

interface NewReply {
  readonly body: string;
  readonly attachments: readonly GivenFile[];
}

/** Opens a ticket. @throws {AppError} customer_inactive, tickets_full, validation_failed */
export async function openTicket(
  kit: Kit,
  call: CustomerCall,
  input: NewReply & { readonly subject: string; readonly subscription_id?: string | undefined },
): Promise<string> {
  refuseInactive(call);
  const files = checkFiles(input.attachments);
  const { customerId } = call.customer;
  const id = newId(kit.clock);
  const at = instantText(kit.clock.now());
  return inTransaction(kit.db, async (tx) => {
    const customer = await lockCustomer(tx, customerId);
    if ((await countOpenOf(tx, customerId)) >= mostOpen) throw new AppError('tickets_full');
    const about = input.subscription_id;
    if (about !== undefined && !(await ownsSubscription(tx, customerId, about))) {
      throw fieldError('subscription_id', {
        en: 'You have no such subscription.',
        id: 'Anda tidak punya langganan ini.',
      });
    }
    await insertTicket(tx, {
      id,
      customer_id: customerId,
      subscription_id: about ?? null,
      subject: input.subject,
      created_at: at,
      updated_at: at,
    });
    await addReply(kit, tx, id, { by: 'customer', userId: null, body: input.body, files });
    await record(kit, tx, call.author, id, 'ticket.opened');
    await tellStaff(kit, tx, 'opened', { ticketId: id, customer: customer?.name ?? '' });
    return id;
  });
}

/** A customer's reply; the ticket is open then. @throws {AppError} not_found, customer_inactive, ticket_full, validation_failed */
export async function replyAsCustomer(
  kit: Kit,
  call: CustomerCall,
  id: string,
  input: NewReply,
): Promise<ReplyRow> {
  const { customerId } = call.customer;
  return reply(kit, call.author, { customerId }, id, input, () => refuseInactive(call), {
    by: 'customer',
    userId: null,
  });
}

/** The office's reply; the customer is waited for then. @throws {AppError} not_found, ticket_full, validation_failed */
export function replyAsStaff(kit: Kit, call: SignedInCall, id: string, input: NewReply): Promise<ReplyRow> {
  return reply(kit, call.author, 'office', id, input, () => {}, {
    by: 'staff',
    userId: call.actor.userId,
  });
}

async function reply(
  kit: Kit,
  author: Author,
  side: Side,
  id: string,
  input: NewReply,
  refuse: () => void,
  who: { by: 'customer' | 'staff'; userId: string | null },
): Promise<ReplyRow> {
  return inTransaction(kit.db, async (tx) => {
    const ticket = await lockTicket(tx, side, id);
    if (!ticket) throw new AppError('not_found');
    refuse();
    const files = checkFiles(input.attachments);
    const held = await countOn(tx, id);
    if (held.replies >= mostReplies || held.files + files.length > mostFiles)
      throw new AppError('ticket_full');
    const replyId = await addReply(kit, tx, id, { ...who, body: input.body, files });
    const state = who.by === 'staff' ? 'waiting' : 'open';
    const at = instantText(kit.clock.now());
    await updateTicketRow(tx, id, { state, closed_at: null, updated_at: at });
    await record(kit, tx, author, id, 'ticket.replied', { state: ticket.state }, { state });
    if (who.by === 'staff') await tellCustomer(kit, tx, replyId);
    else await tellStaff(kit, tx, 'replied', { ticketId: id, customer: ticket.customer.name });
    const [row] = await repliesOf(tx, id, replyId);
    if (!row) throw new Error('The reply was not inserted.');
    return row;
  });
}

async function addReply(
  kit: Kit,
  tx: Tx,
  ticketId: string,
  reply: {
    by: 'customer' | 'staff';
    userId: string | null;
    body: string;
    files: readonly CheckedFile[];
  },
): Promise<string> {
  const id = newId(kit.clock);
  const created_at = instantText(kit.clock.now());
  const row = { id, ticket_id: ticketId, by: reply.by, user_id: reply.userId, body: reply.body, created_at };
  const files = reply.files.map((file, position) => ({
    id: newId(kit.clock),
    reply_id: id,
    position,
    filename: file.filename,
    type: file.type,
    size: file.content.length,
    content: file.content,
  }));
  await insertReply(tx, row, files);
  return id;
}

/** Gives a ticket to a user, or to nobody. @throws {AppError} not_found, validation_failed naming `assigned_to` */
export async function assignTicket(
  kit: Kit,
  call: SignedInCall,
  id: string,
  userId: string | null,
): Promise<TicketRow> {
  try {
    return await changeTicket(kit, call, id, 'ticket.assigned', { assigned_to: userId });
  } catch (error) {
    if (violatedConstraint(error) !== 'tickets_assigned_to_fkey') throw error;
    throw fieldError('assigned_to', { en: 'There is no such user.', id: 'Pengguna ini tidak ada.' });
  }
}

/** Closes a ticket; a second time changes nothing. @throws {AppError} not_found */
export function closeTicket(kit: Kit, call: SignedInCall, id: string): Promise<TicketRow> {
  return changeTicket(kit, call, id, 'ticket.closed', {
    state: 'closed',
    closed_at: instantText(kit.clock.now()),
  });
}

async function changeTicket(
  kit: Kit,
  call: SignedInCall,
  id: string,
  action: string,
  values: { state?: string; closed_at?: string | null; assigned_to?: string | null },
): Promise<TicketRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockTicket(tx, 'office', id);
    if (!before) throw new AppError('not_found');
    if (values.state === before.state) return before;
    const updated_at = instantText(kit.clock.now());
    await updateTicketRow(tx, id, { ...values, updated_at });
    const { state, assigned_to } = before;
    const { closed_at: _, ...after } = values;
    await record(kit, tx, call.author, id, action, { state, assigned_to }, { state, assigned_to, ...after });
    return { ...before, ...values, updated_at };
  });
}

/** What was written is not copied into the log: it goes with the ticket. */
function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  subjectId: string,
  action: string,
  before?: object,
  after?: object,
): Promise<void> {
  const changed =
    JSON.stringify(before) === JSON.stringify(after) ? {} : { before: before ?? {}, after: after ?? {} };
  return recordChanges(tx, kit.clock, author, [{ action, subjectType: 'ticket', subjectId, ...changed }]);
}
