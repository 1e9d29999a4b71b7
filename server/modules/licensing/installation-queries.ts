import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { z } from 'zod';
import type { customerSummarySchema } from '#contract';
import type { DB, Db, Tx } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';
import type { Components } from '#license-token';

type Columns = Selectable<DB['installations']>;

export type InstallationRow = Omit<Columns, 'components' | 'usage' | 'owner' | 'property' | 'state'> & {
  readonly state: 'ready' | 'paired' | 'moved' | 'unpaired' | 'ended';
  readonly components: Components | null;
  readonly usage: Readonly<Record<string, number>>;
  readonly owner: Readonly<Record<string, unknown>> | null;
  readonly property: Readonly<Record<string, unknown>> | null;
};

export type ListedInstallation = InstallationRow & {
  readonly customer: z.input<typeof customerSummarySchema>;
};

export interface InstallationFilter extends PageRequest {
  readonly state?: string | undefined;
  readonly license_id?: string | undefined;
  readonly agent_code?: string | undefined;
}

const select = sql`t.*, jsonb_build_object('id', c.id, 'name', c.name, 'email', c.email, 'phone', c.phone) as customer`;
const from = sql`installations t join licenses l on l.id = t.license_id join customers c on c.id = l.customer_id`;

export function listInstallationRows(db: Db, filter: InstallationFilter) {
  const { state, license_id: license, agent_code: code } = filter;
  const where = [
    ...(state === undefined ? [] : [sql`t.state = ${state}`]),
    ...(license === undefined ? [] : [sql`t.license_id = ${license}`]),
    ...(code === undefined ? [] : [sql`t.agent_code = ${code}`]),
  ];
  return listPage<ListedInstallation>(db, { select, from, where }, filter);
}

export async function findInstallation(db: Db, id: string): Promise<ListedInstallation | undefined> {
  const { rows } = await sql<ListedInstallation>`select ${select} from ${from} where t.id = ${id}`.execute(
    db,
  );
  return rows[0];
}

/** Holds an installation until the transaction ends. Whoever needs its license held too holds that first. */
export async function lockInstallation(tx: Tx, id: string): Promise<InstallationRow | undefined> {
  const { rows } = await sql<InstallationRow>`
    select t.* from installations t where t.id = ${id} for no key update`.execute(tx);
  return rows[0];
}

/** The installations of a license that have a place, held until the transaction ends; the caller holds the license. */
export async function lockPlaces(tx: Tx, licenseId: string): Promise<readonly InstallationRow[]> {
  const { rows } = await sql<InstallationRow>`
    select t.* from installations t where t.license_id = ${licenseId} and t.state in ('paired', 'unpaired')
    order by t.id for no key update`.execute(tx);
  return rows;
}

/** The newest hundred installations of each license. */
export async function installationsOf(
  db: Db,
  licenseIds: readonly string[],
): Promise<ReadonlyMap<string, readonly InstallationRow[]>> {
  const { rows } = await sql<InstallationRow>`
    select i.* from unnest(${[...licenseIds]}::uuid[]) l(id) cross join lateral (
      select * from installations i where i.license_id = l.id order by i.created_at desc, i.id desc limit 100) i`.execute(
    db,
  );
  return Map.groupBy(rows, (row) => row.license_id);
}

export async function insertInstallation(db: Db, row: Insertable<DB['installations']>): Promise<void> {
  await db.insertInto('installations').values(row).execute();
}

export function updateInstallationRow(
  db: Db,
  id: string,
  values: Updateable<DB['installations']>,
): Promise<InstallationRow> {
  return (
    db
      .updateTable('installations')
      .set(values)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
      // The columns' checks, and what writes them, allow just these.
      .then((row) => row as unknown as InstallationRow)
  );
}

/** Forgets what installations of customers said of people. */
export async function eraseSaidOf(db: Db, customerIds: readonly string[]): Promise<void> {
  await sql`
    update installations set hostname = null, owner = null, property = null
    where license_id in (select id from licenses where customer_id = any(${[...customerIds]}::uuid[]))`.execute(
    db,
  );
}

export interface MoveRow {
  readonly id: string;
  readonly license_id: string;
  readonly from_hostname: string | null;
  readonly to_hostname: string | null;
  readonly reason: string;
  readonly kind: 'free' | 'granted';
  readonly moved_at: string;
}

/** The moves of licenses, newest first. */
export async function movesOf(
  db: Db,
  licenseIds: readonly string[],
): Promise<ReadonlyMap<string, readonly MoveRow[]>> {
  const { rows } = await sql<MoveRow>`
    select m.id, m.license_id, f.hostname as from_hostname, t.hostname as to_hostname, m.reason, m.kind, m.moved_at
    from license_moves m left join installations f on f.id = m.from_installation_id join installations t on t.id = m.to_installation_id
    where m.license_id = any(${[...licenseIds]}::uuid[]) order by m.moved_at desc, m.id desc`.execute(db);
  return Map.groupBy(rows, (row) => row.license_id);
}

export async function insertMove(db: Db, row: Insertable<DB['license_moves']>): Promise<void> {
  await db.insertInto('license_moves').values(row).execute();
}

/** Where an installation's license was moved to from it, if it was. */
export async function movedTo(
  db: Db,
  installationId: string,
): Promise<{ readonly hostname: string | null; readonly moved_at: string } | undefined> {
  const { rows } = await sql<{ hostname: string | null; moved_at: string }>`
    select i.hostname, m.moved_at from license_moves m join installations i on i.id = m.to_installation_id
    where m.from_installation_id = ${installationId} order by m.moved_at desc limit 1`.execute(db);
  return rows[0];
}
