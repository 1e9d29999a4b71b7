import { type Insertable, sql } from 'kysely';
import type { z } from 'zod';
import type { customerSummarySchema } from '#contract';
import type { DB, Db, SqlPart } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export interface TicketRow {
  readonly id: string;
  readonly customer_id: string;
  readonly subscription_id: string | null;
  readonly subject: string;
  readonly state: string;
  readonly assigned_to: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly closed_at: string | null;
  readonly customer: z.input<typeof customerSummarySchema>;
}

/** Whose tickets: the office sees all, a customer their own. */
export type Side = { readonly customerId: string } | 'office';

export interface TicketFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly customer_id?: string | undefined;
  readonly assigned_to?: string | undefined;
}

const columns = sql`t.*, jsonb_build_object('id', c.id, 'name', c.name, 'email', c.email, 'phone', c.phone) as customer`;
const withCustomer = sql`tickets t join customers c on c.id = t.customer_id`;
const visible = (side: Side) =>
  side === 'office' ? sql<boolean>`true` : sql<boolean>`t.customer_id = ${side.customerId}`;

export function listTicketRows(db: Db, side: Side, filter: TicketFilter) {
  const where = [
    visible(side),
    ...(filter.state ? [sql`t.state = ${filter.state}`] : []),
    ...(filter.customer_id ? [sql`t.customer_id = ${filter.customer_id}`] : []),
    ...(filter.assigned_to ? [sql`t.assigned_to = ${filter.assigned_to}`] : []),
  ];
  return listPage<TicketRow>(db, { select: columns, from: withCustomer, where }, filter);
}

export async function findTicket(db: Db, side: Side, id: string): Promise<TicketRow | undefined> {
  const { rows } = await sql<TicketRow>`
    select ${columns} from ${withCustomer} where t.id = ${id} and ${visible(side)}`.execute(db);
  return rows[0];
}

/** As {@link findTicket}, and nobody else changes it before the transaction ends. */
export async function lockTicket(db: Db, side: Side, id: string): Promise<TicketRow | undefined> {
  const { rows } = await sql<TicketRow>`
    select ${columns} from ${withCustomer} where t.id = ${id} and ${visible(side)} for no key update of t`.execute(
    db,
  );
  return rows[0];
}

export interface ReplyRow {
  readonly id: string;
  readonly by: 'customer' | 'staff';
  readonly author: string | null;
  readonly body: string;
  readonly created_at: string;
  readonly attachments: readonly {
    readonly id: string;
    readonly filename: string;
    readonly type: 'application/pdf' | 'image/png' | 'image/jpeg';
    readonly size: number;
  }[];
}

/** The replies on a ticket, oldest first; or one of them. */
export async function repliesOf(db: Db, ticketId: string, id?: string): Promise<ReplyRow[]> {
  const { rows } = await sql<ReplyRow>`
    select r.id, r.by, u.name as author, r.body, r.created_at, coalesce((
      select jsonb_agg(jsonb_build_object('id', a.id, 'filename', a.filename, 'type', a.type, 'size', a.size) order by a.position)
      from ticket_attachments a where a.reply_id = r.id), '[]') as attachments
    from ticket_replies r left join users u on u.id = r.user_id
    where r.ticket_id = ${ticketId} and ${id === undefined ? sql`true` : sql`r.id = ${id}`}
    order by r.created_at, r.id`.execute(db);
  return rows;
}

/** How many replies and files a ticket has. */
export async function countOn(db: Db, ticketId: string): Promise<{ replies: number; files: number }> {
  const { rows } = await sql<{ replies: number; files: number }>`
    select count(*)::integer as replies, coalesce(sum((
      select count(*) from ticket_attachments a where a.reply_id = r.id)), 0)::integer as files
    from ticket_replies r where r.ticket_id = ${ticketId}`.execute(db);
  return rows[0] ?? { replies: 0, files: 0 };
}

export async function countOpenOf(db: Db, customerId: string): Promise<number> {
  const { rows } = await sql<{ open: number }>`
    select count(*)::integer as open from tickets where customer_id = ${customerId} and state <> 'closed'`.execute(
    db,
  );
  return rows[0]?.open ?? 0;
}

export async function ownsSubscription(db: Db, customerId: string, id: string): Promise<boolean> {
  const { rows } = await sql`
    select from subscriptions where id = ${id} and customer_id = ${customerId}`.execute(db);
  return rows.length > 0;
}

export async function insertTicket(db: Db, row: Insertable<DB['tickets']>): Promise<void> {
  await db.insertInto('tickets').values(row).execute();
}

export async function insertReply(
  db: Db,
  row: Insertable<DB['ticket_replies']>,
  files: readonly Insertable<DB['ticket_attachments']>[],
): Promise<void> {
  await db.insertInto('ticket_replies').values(row).execute();
  if (files.length > 0)
    await db
      .insertInto('ticket_attachments')
      .values([...files])
      .execute();
}

export async function updateTicketRow(
  db: Db,
  id: string,
  values: {
    readonly state?: string;
    readonly closed_at?: string | null;
    readonly assigned_to?: string | null;
    readonly updated_at: string;
  },
): Promise<void> {
  await db.updateTable('tickets').set(values).where('id', '=', id).execute();
}

export interface AttachmentRow {
  readonly filename: string;
  readonly type: 'application/pdf' | 'image/png' | 'image/jpeg';
  readonly content: Buffer;
}

export async function findAttachment(
  db: Db,
  side: Side,
  ticketId: string,
  id: string,
): Promise<AttachmentRow | undefined> {
  const { rows } = await sql<AttachmentRow>`
    select a.filename, a.type, a.content from ticket_attachments a join ticket_replies r on r.id = a.reply_id
      join tickets t on t.id = r.ticket_id
    where a.id = ${id} and t.id = ${ticketId} and ${visible(side)}`.execute(db);
  return rows[0];
}

/** Relation: that the office replied, as notifications take what happened. */
export const officeReplied = (replyId: string, portalUrl: string): SqlPart<unknown> => sql`
  select 'ticket_replied:' || r.id as once_for, 'ticket_replied' as event, t.customer_id, t.id as subject_id,
    jsonb_build_object('ticket', t.subject, 'portal_url', ${portalUrl}::text) as vars
  from ticket_replies r join tickets t on t.id = r.ticket_id where r.id = ${replyId}`;

/** Erases the tickets of customers, in which anything may stand. */
export async function deleteTicketsOf(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`delete from tickets where customer_id = any(${[...customerIds]}::uuid[])`.execute(db);
}
