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

/** Queues a message to one address, which nobody's preferences hold back. */
export async function insertDirect(
  db: Db,
  message: {
    readonly id: string;
    readonly event: string;
    readonly customerId: string | null;
    readonly channel: string;
    readonly address: string;
    readonly language: string;
    readonly sealed: string;
    readonly expiresAt: string;
    readonly at: string;
  },
): Promise<void> {
  const { id, event, customerId, channel, address, language, sealed, expiresAt, at } = message;
  await sql`
    insert into notification_messages (id, event, urgent, customer_id, channel, lane, address, language, sealed, next_at, expires_at, created_at, updated_at)
    values (${id}, ${event}, true, ${customerId}, ${channel}, ${channel}, ${address}, ${language}, ${sealed}, ${at}, ${expiresAt}, ${at}, ${at})`.execute(
    db,
  );
}

/** What a customer was told, newest first, whatever way it went; not codes, and nothing whose text is gone. */
export function listInboxRows(
  db: Db,
  customerId: string,
  { unread, ...page }: PageRequest & { readonly unread?: boolean | undefined },
) {
  const where = [
    sql`t.customer_id = ${customerId} and t.event <> 'sign_in_code' and t.state <> 'dropped' and t.vars <> '{}'`,
    ...(unread === true ? [sql`t.read_at is null`] : []),
  ];
  return listPage<MessageRow>(db, { select: sql`t.*`, from: sql`notification_messages t`, where }, page);
}

/** Notes that a customer read a message, or all of them. */
export async function markInboxRead(
  db: Db,
  customerId: string,
  id: string | undefined,
  at: string,
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update notification_messages set read_at = ${at}::timestamptz
    where customer_id = ${customerId} and read_at is null and created_at <= ${at}::timestamptz
      and (${id ?? null}::uuid is null or id = ${id ?? null}::uuid)`.execute(db);
  return Number(numAffectedRows);
}

/** Takes out of messages what tells who a customer was; what waits is dropped. */
export async function eraseMessagesOf(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`
    update notification_messages set subject = null, body = null, vars = '{}', address = null, sealed = null,
      state = case when state = 'waiting' then 'dropped' else state end
    where customer_id = any(${[...customerIds]}::uuid[])`.execute(db);
}
