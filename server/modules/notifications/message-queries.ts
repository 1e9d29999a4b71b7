import { sql } from 'kysely';
import type { Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { MessageRow } from './outbox-queries.ts';

export interface MessageFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly channel?: string | undefined;
  readonly event?: string | undefined;
  readonly customer_id?: string | undefined;
}

export function listMessageRows(
  db: Db,
  { state, channel, event, customer_id: customer, ...page }: MessageFilter,
) {
  const where = [
    ...(state === undefined ? [] : [sql`t.state = ${state}`]),
    ...(channel === undefined ? [] : [sql`t.channel = ${channel}`]),
    ...(event === undefined ? [] : [sql`t.event = ${event}`]),
    ...(customer === undefined ? [] : [sql`t.customer_id = ${customer}`]),
  ];
  return listPage<MessageRow>(db, { select: sql`t.*`, from: sql`notification_messages t`, where }, page);
}

export function findMessage(db: Db, id: string): Promise<MessageRow | undefined> {
  return db.selectFrom('notification_messages').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Which dead messages are meant. */
export interface DeadFilter {
  readonly id?: string | undefined;
  readonly channel?: string | undefined;
  readonly event?: string | undefined;
  /** Made since. */
  readonly since?: string | undefined;
}

/** Has dead messages tried again, as if they were new, and gives them. What nobody may read is gone by then: those stay dead. */
export async function revive(
  db: Db,
  { id, channel, event, since }: DeadFilter,
  at: string,
): Promise<MessageRow[]> {
  const { rows } = await sql<MessageRow>`
    update notification_messages set state = 'waiting', attempts = 0, next_at = ${at}::timestamptz, error = null,
      expires_at = case when expires_at is null then null else ${at}::timestamptz + interval '3 days' end, updated_at = ${at}::timestamptz
    where state = 'dead' and event <> 'sign_in_code' and vars <> '{}'
      and (${id ?? null}::uuid is null or id = ${id ?? null}::uuid) and (${channel ?? null}::text is null or channel = ${channel ?? null})
      and (${event ?? null}::text is null or event = ${event ?? null})
      and (${since ?? null}::timestamptz is null or created_at >= ${since ?? null}::timestamptz)
    returning *`.execute(db);
  return rows;
}

export interface LaneRow {
  readonly lane: string;
  readonly failures: number;
  readonly error: string | null;
  readonly rest_until: string | null;
}

export function failingLanes(db: Db): Promise<LaneRow[]> {
  return db
    .selectFrom('notification_lanes')
    .select(['lane', 'failures', 'error', 'rest_until'])
    .orderBy('lane')
    .execute();
}

/** Whom a message to one address is for. */
interface Addressed {
  readonly event: string;
  readonly customerId: string | null;
  readonly channel: string;
  readonly address: string;
}

/** Queues a message to one address, which nobody's preferences hold back. */
export async function insertDirect(
  db: Db,
  message: Addressed & {
    readonly id: string;
    readonly urgent: boolean;
    readonly language: string;
    readonly vars: object;
    readonly sealed: string | null;
    readonly expiresAt: string;
    readonly at: string;
  },
): Promise<void> {
  const { id, event, urgent, customerId, channel, address, language, vars, sealed, expiresAt, at } = message;
  await sql`
    insert into notification_messages (id, event, urgent, customer_id, channel, lane, address, language, vars, sealed, next_at, expires_at,
      created_at, updated_at)
    values (${id}, ${event}, ${urgent}, ${customerId}, ${channel}, ${channel}, ${address}, ${language}, ${JSON.stringify(vars)}::jsonb,
      ${sealed}, ${at}, ${expiresAt}, ${at}, ${at})`.execute(db);
}

/** Drops codes that wait and that a newer one stands in for. One that is on its way just now may still arrive. */
export async function dropOlderCodes(
  db: Db,
  { event, customerId, channel, address }: Addressed,
  at: string,
): Promise<void> {
  await sql`
    update notification_messages set state = 'dropped', error = 'replaced', sealed = null, worker = null, updated_at = ${at}::timestamptz
    where state = 'waiting' and urgent and lane = ${channel} and event = ${event} and address = ${address}
      and customer_id is not distinct from ${customerId}::uuid`.execute(db);
}

/** What a customer was told: not codes, and nothing whose text is gone. */
const inInbox = (customerId: string) => sql`
  t.customer_id = ${customerId} and t.event <> 'sign_in_code' and t.state <> 'dropped' and t.vars <> '{}'`;

/** What a customer was told, newest first, whatever way it went. */
export function listInboxRows(
  db: Db,
  customerId: string,
  { unread, ...page }: PageRequest & { readonly unread?: boolean | undefined },
) {
  const where = [
    inInbox(customerId),
    ...(unread === undefined ? [] : [unread ? sql`t.read_at is null` : sql`t.read_at is not null`]),
  ];
  return listPage<MessageRow>(db, { select: sql`t.*`, from: sql`notification_messages t`, where }, page);
}

/** Notes that a customer read all messages. */
export async function markInboxRead(db: Db, customerId: string, at: string): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update notification_messages t set read_at = ${at}::timestamptz
    where ${inInbox(customerId)} and t.read_at is null and t.created_at <= ${at}::timestamptz`.execute(db);
  return Number(numAffectedRows);
}

/** Notes that a customer read a message; false where it is none of theirs. */
export async function markMessageRead(db: Db, customerId: string, id: string, at: string): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update notification_messages t set read_at = coalesce(t.read_at, ${at}::timestamptz)
    where t.id = ${id} and ${inInbox(customerId)}`.execute(db);
  return numAffectedRows > 0n;
}

/** Takes out of messages what tells who a customer was; what waits is dropped. */
export async function eraseMessagesOf(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`
    update notification_messages set subject = null, body = null, vars = '{}', address = null, sealed = null,
      state = case when state = 'waiting' then 'dropped' else state end
    where customer_id = any(${[...customerIds]}::uuid[])`.execute(db);
}
