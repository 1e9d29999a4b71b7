import { type Selectable, sql } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { enqueueStatement, type JobRequest } from '#kit/jobs.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type InboxRow = Selectable<DB['gateway_inbox']> & {
  readonly state: 'waiting' | 'kept' | 'done';
  readonly note: string | null;
  readonly attempts: number | null;
};

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
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(
        arrived.map(({ orderId, body, ...each }, n) => ({
          n,
          ...each,
          order_id: orderId,
          body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
        })),
      )}::jsonb) as a(n integer, gateway text, body text, ip text, verdict text, order_id text, status text)
      where verdict = 'genuine' or (
        select count(*) from (select from gateway_inbox_open o join gateway_inbox i on i.id = o.inbox_id where o.state = 'kept'
          and i.verdict <> 'genuine' and i.created_at > ${at}::timestamptz - interval '1 hour' limit ${mostDoubtful}) k) < ${mostDoubtful}),
    stored as (
      insert into gateway_inbox (gateway, body, ip, verdict, order_id, status, created_at)
      select gateway, decode(body, 'base64'), ip, verdict, order_id, status, ${at}::timestamptz from given order by n
      returning id, verdict),
    opened as (
      insert into gateway_inbox_open (inbox_id, state, next_at)
      select id, case verdict when 'genuine' then 'waiting' else 'kept' end, case verdict when 'genuine' then ${at}::timestamptz end from stored)
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
      select inbox_id from gateway_inbox_open where state = 'waiting' and next_at <= ${at}::timestamptz order by next_at, inbox_id limit ${limit}
      for update skip locked),
    taken as (
      update gateway_inbox_open o set next_at = ${at}::timestamptz + interval '30 seconds', attempts = attempts + 1 from due
      where due.inbox_id = o.inbox_id returning o.inbox_id, o.attempts)
    select b.id, b.gateway, b.order_id, b.body, t.attempts, b.created_at from taken t join gateway_inbox b on b.id = t.inbox_id`.execute(
    db,
  );
  return rows.toSorted((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1));
}

/** Done with. */
export async function closeInbox(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`delete from gateway_inbox_open where inbox_id = any(${[...ids]}::bigint[]) and state = 'waiting'`.execute(
    db,
  );
}

/** Keeps them for a person, told why. */
export async function keepInbox(db: Db, ids: readonly string[], note: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update gateway_inbox_open set state = 'kept', note = ${note}, next_at = null
    where inbox_id = any(${[...ids]}::bigint[]) and state = 'waiting'`.execute(db);
}

/** Tries them again later: half a minute, twice as long each time, an hour at most. */
export async function postponeInbox(db: Db, ids: readonly string[], at: string, note: string): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    update gateway_inbox_open set next_at = ${at}::timestamptz + make_interval(secs => least(3600, 15 * power(2, least(attempts, 10)))), note = ${note.slice(0, 500)}
    where inbox_id = any(${[...ids]}::bigint[]) and state = 'waiting'`.execute(db);
}

export interface InboxFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly order_id?: string | undefined;
}

export function listInboxRows(db: Db, { state, order_id: order, ...page }: InboxFilter) {
  // `offset 0` has PostgreSQL begin at the few that are open, and not walk the whole inbox in the order of the page.
  const open =
    state === 'waiting' || state === 'kept'
      ? sql`join (select * from gateway_inbox_open where state = ${state} offset 0)`
      : sql`left join gateway_inbox_open`;
  const where = [
    ...(state === 'done' ? [sql`o.inbox_id is null`] : []),
    ...(order ? [sql`t.order_id = ${order}`] : []),
  ];
  return listPage<InboxRow>(
    db,
    {
      select: sql`t.*, coalesce(o.state, 'done') as state, o.note, o.attempts`,
      from: sql`gateway_inbox t ${open} o on o.inbox_id = t.id`,
      where,
      idType: 'bigint',
    },
    page,
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
    with old as materialized (
      select i.id from gateway_inbox i left join gateway_inbox_open o on o.inbox_id = i.id
      where i.created_at < greatest(${doneBefore}::timestamptz, ${keptBefore}::timestamptz, ${doubtfulBefore}::timestamptz) and case
        when o.state is null then i.created_at < ${doneBefore}::timestamptz
        when o.state = 'kept' then i.created_at < case i.verdict when 'genuine' then ${keptBefore}::timestamptz else ${doubtfulBefore}::timestamptz end
        else false end),
    closed as (delete from gateway_inbox_open o using old where o.inbox_id = old.id)
    delete from gateway_inbox i using old where i.id = old.id`.execute(db);
}
