import { type Insertable, type Selectable, sql, type Updateable } from 'kysely';
import type { DB, Db } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export type PlanRow = Omit<Selectable<DB['license_plans']>, 'features' | 'limits' | 'overage'> & {
  readonly id: string;
  readonly package_name: string;
  readonly features: Readonly<Record<string, boolean>>;
  readonly limits: Readonly<Record<string, number>>;
  readonly overage: 'warn' | 'notify' | 'refuse';
};

const select = sql`t.*, p.name as package_name`;
const from = sql`(select package_id as id, * from license_plans) t join packages p on p.id = t.package_id`;

export function listPlanRows(db: Db, page: PageRequest) {
  return listPage<PlanRow>(db, { select, from, where: [] }, page);
}

export async function findPlan(db: Db, packageId: string): Promise<PlanRow | undefined> {
  const { rows } = await sql<PlanRow>`select ${select} from ${from} where t.id = ${packageId}`.execute(db);
  return rows[0];
}

/** As {@link findPlan}, held until the transaction ends. */
export async function lockPlan(db: Db, packageId: string): Promise<PlanRow | undefined> {
  await sql`select from license_plans where package_id = ${packageId} for no key update`.execute(db);
  return findPlan(db, packageId);
}

export async function insertPlan(db: Db, row: Insertable<DB['license_plans']>): Promise<void> {
  await db.insertInto('license_plans').values(row).execute();
}

export async function updatePlanRow(
  db: Db,
  packageId: string,
  values: Updateable<DB['license_plans']>,
): Promise<void> {
  await db.updateTable('license_plans').set(values).where('package_id', '=', packageId).execute();
}

/** Whether anything runs on licenses of a package. */
export async function isLicensedBy(db: Db, packageId: string): Promise<boolean> {
  const { rows } = await sql<{ is: boolean }>`
    select exists (select from installations i join licenses t on t.id = i.license_id left join subscriptions s on s.id = t.subscription_id
      where i.state in ('ready', 'paired') and coalesce(s.package_id, t.package_id) = ${packageId}) as is`.execute(
    db,
  );
  return rows[0]?.is ?? false;
}
