import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { enqueueStatement, type JobRequest } from '#kit/jobs.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type InboxRow = Selectable<DB['gateway_inbox']>;

/** A notification as it came, with what was seen of it at the door. */
export interface Arrived {
  readonly gateway: string;
  readonly body: Uint8Array;
  readonly ip: string;
  readonly verdict: 'genuine' | 'forged' | 'unreadable' | 'too_large';
  readonly orderId: string | null;
  readonly status: string | null;
}

/** Of what is not genuine so many are kept an hour: somebody could send it without end. */
const mostDoubtful = 1000;

/** Stores notifications, and asks for `job` where any is genuine, in one statement: either both are done or neither. */
export async function insertArrived(
  db: Db,
  arrived: readonly Arrived[],
  job: JobRequest,
  at: string,
): Promise<void> {
  const asked = arrived.some(({ verdict }) => verdict === 'genuine') ? enqueueStatement([job]) : sql`select`;
  await sql`
    with stored as (insert into gateway_inbox (gateway, body, ip, verdict, order_id, status, state, next_at, created_at)
    select gateway, decode(body, 'base64'), ip, verdict, order_id, status,
      case verdict when 'genuine' then 'waiting' else 'kept' end, case verdict when 'genuine' then ${at}::timestamptz end, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(
      arrived.map(({ orderId, body, ...each }, n) => ({
        n,
        ...each,
        order_id: orderId,
        body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
      })),
    )}::jsonb) as a(n integer, gateway text, body text, ip text, verdict text, order_id text, status text)
    where verdict = 'genuine' or (
      select count(*) from (select from gateway_inbox where state = 'kept' and verdict <> 'genuine'
        and created_at > ${at}::timestamptz - interval '1 hour' limit ${mostDoubtful}) k) < ${mostDoubtful}
    order by n)
    ${asked}`.execute(db);
}

export interface Waiting {
  readonly id: string;
  readonly gateway: string;
  readonly order_id: string;
  readonly body: Buffer;
  readonly attempts: number;
  readonly created_at: string;
}

/** Takes up to so many that are due, the oldest first; for half a minute they are the taker's, who may be killed meanwhile. */
export async function takeWaiting(db: Db, at: string, limit: number): Promise<readonly Waiting[]> {
  const { rows } = await sql<Waiting>`
    with due as materialized (
      select id from gateway_inbox where state = 'waiting' and next_at <= ${at}::timestamptz order by next_at, id limit ${limit}
      for update skip locked)
    update gateway_inbox b set next_at = ${at}::timestamptz + interval '30 seconds', attempts = attempts + 1 from due
    where due.id = b.id returning b.id, b.gateway, b.order_id, b.body, b.attempts, b.created_at`.execute(db);
  return rows.toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
}

/** Done with, or kept for a person where `note` says why. */
export async function closeInbox(db: Db, ids: readonly string[], at: string, note?: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update gateway_inbox set state = ${note === undefined ? 'done' : 'kept'}, note = ${note ?? null}, next_at = null, processed_at = ${at}::timestamptz
    where id = any(${[...ids]}::bigint[]) and state = 'waiting'`.execute(db);
}

/** Tries them again later: half a minute, twice as long each time, an hour at most. */
export async function postponeInbox(db: Db, ids: readonly string[], at: string, note: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update gateway_inbox set next_at = ${at}::timestamptz + make_interval(secs => least(3600, 15 * power(2, least(attempts, 10)))), note = ${note.slice(0, 500)}
    where id = any(${[...ids]}::bigint[]) and state = 'waiting'`.execute(db);
}

export interface InboxFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly order_id?: string | undefined;
}

export function listInboxRows(db: Db, filter: InboxFilter) {
  const where = [
    ...(filter.state ? [sql`t.state = ${filter.state}`] : []),
    ...(filter.order_id ? [sql`t.order_id = ${filter.order_id}`] : []),
  ];
  return listPage<InboxRow>(
    db,
    { select: sql`t.*`, from: sql`gateway_inbox t`, where, idType: 'bigint' },
    filter,
  );
}

/** Drops what was worked on long ago; what is kept for a person stays three months longer, if it is genuine. */
export async function dropOld(
  db: Db,
  doneBefore: string,
  keptBefore: string,
  doubtfulBefore: string,
): Promise<void> {
  await sql`
    delete from gateway_inbox where (state = 'done' and created_at < ${doneBefore}::timestamptz)
      or (state = 'kept' and created_at < case verdict when 'genuine' then ${keptBefore}::timestamptz else ${doubtfulBefore}::timestamptz end)`.execute(
    db,
  );
}
