import { catalog } from '#contract';
import { newId } from '#kit/ids.ts';
import { insertPackages, type NewPackage, packagesByName } from '../../catalog/index.ts';
import { existing, importedBefore, rememberOrigins } from '../source-queries.ts';
import type { SourceRow } from './read-source.ts';
import {
  amountText,
  bandwidthOfName,
  bandwidthText,
  packageType,
  readAmount,
  readValidity,
} from './rules.ts';
import type { ImportContext, KnownPackage } from './state.ts';

const { burst: burstSchema } = catalog.createPackage.body.shape;
/** No limit, as routers know it. */
const unlimited = '0/0';

/** Brings the plans as packages; answers what each plan is here. */
export async function bringPackages(context: ImportContext): Promise<Map<number, KnownPackage>> {
  const { tx, source, sourceName, report, counts, kit, at } = context;
  const bandwidths = new Map((await source.all('tbl_bandwidth')).map((row) => [row.id, row]));
  const plans = await source.all('tbl_plans');
  const before = await importedBefore(
    tx,
    sourceName,
    'package',
    plans.map((plan) => String(plan.id)),
  );
  const there = await existing(tx, 'packages', [...before.values()]);
  const names = new Set((await packagesByName(tx)).keys());
  const known = new Map<number, KnownPackage>();
  const added: { readonly row: NewPackage; readonly sourceId: string }[] = [];
  for (const plan of plans) {
    const type = packageType(plan.get('type'));
    if (type === undefined) {
      report.remark(
        {
          en: 'plans that only top up a balance: not brought',
          id: 'paket yang hanya mengisi saldo: tidak dibawa',
        },
        'tbl_plans',
        plan.id,
      );
      continue;
    }
    const fields = packageOf(context, plan, type, bandwidths);
    if (fields === undefined) continue;
    const oldId = before.get(String(plan.id));
    if (oldId !== undefined) counts.alreadyThere += 1;
    const id = oldId ?? newId(kit.clock);
    if (oldId === undefined || there.has(oldId)) {
      known.set(plan.id, { id, type, months: fields.period_months, days: fields.validity_days });
    }
    if (oldId !== undefined) continue;
    const name = freeName(names, plan.get('name_plan') || `Plan ${plan.id}`, plan.get('routers'));
    added.push({ row: { ...fields, id, name, created_at: at, updated_at: at }, sourceId: String(plan.id) });
  }
  await insertPackages(
    tx,
    added.map(({ row }) => row),
  );
  const origins = added.map(({ row, sourceId }) => ({ kind: 'package' as const, sourceId, id: row.id }));
  await rememberOrigins(tx, sourceName, origins, at);
  counts.packages += added.length;
  return known;
}

type Fields = Omit<NewPackage, 'id' | 'name' | 'created_at' | 'updated_at'> & {
  readonly validity_days: number;
  readonly period_months: number | null;
};

function packageOf(
  { report }: ImportContext,
  plan: SourceRow,
  type: string,
  bandwidths: ReadonlyMap<number, SourceRow>,
): Fields | undefined {
  const price = readAmount(plan.get('price'));
  const validity = readValidity(plan.get('validity'), plan.get('validity_unit'));
  if (price === undefined || price < 0n) {
    report.fault(
      'tbl_plans',
      plan.id,
      'price',
      `"${plan.get('price')}" is not a price. Correct it in PHPNuxBill.`,
      `"${plan.get('price')}" bukan harga. Perbaiki di PHPNuxBill.`,
    );
  }
  if (validity === undefined) {
    const shown = `${plan.get('validity')} ${plan.get('validity_unit')}`;
    report.fault(
      'tbl_plans',
      plan.id,
      'validity',
      `"${shown}" is not a time that a package can be for: 1 day to 10 years. Correct it in PHPNuxBill.`,
      `"${shown}" bukan masa berlaku paket: 1 hari sampai 10 tahun. Perbaiki di PHPNuxBill.`,
    );
  }
  if (price === undefined || price < 0n || validity === undefined) return undefined;
  if (validity.rounded) {
    report.remark(
      {
        en: 'plans of hours or minutes: brought as whole days',
        id: 'paket per jam atau menit: dibawa sebagai hari penuh',
      },
      'tbl_plans',
      plan.id,
    );
  }
  const { rounded: _, ...times } = validity;
  return {
    type,
    price: amountText(price),
    ...times,
    ...speedOf(report, plan, bandwidths),
    is_active: plan.get('enabled') !== '0',
  };
}

function speedOf(
  report: ImportContext['report'],
  plan: SourceRow,
  bandwidths: ReadonlyMap<number, SourceRow>,
): { readonly bandwidth: string; readonly burst: string | null } {
  const row = bandwidths.get(Number(plan.get('id_bw')));
  const rates = ['rate_up', 'rate_up_unit', 'rate_down', 'rate_down_unit'].map(
    (column) => row?.get(column) ?? '',
  );
  const [up = '', upUnit = '', down = '', downUnit = ''] = rates;
  const bandwidth = bandwidthText(up, upUnit, down, downUnit);
  if (bandwidth === undefined) {
    report.remark(
      {
        en: 'plans whose bandwidth is not there: brought with the speed of their name, or none; look at them',
        id: 'paket yang bandwidth-nya tidak ada: dibawa dengan kecepatan dari namanya, atau tanpa batas; periksa',
      },
      'tbl_plans',
      plan.id,
    );
    return { bandwidth: bandwidthOfName(plan.get('name_plan')) ?? unlimited, burst: null };
  }
  const burst = row?.get('burst').replace(/\s+/g, ' ') || null;
  const readable = burstSchema.safeParse(burst);
  if (readable.success) return { bandwidth, burst };
  report.remark(
    {
      en: 'plans whose burst is not of a form known here: brought without it',
      id: 'paket yang burst-nya tidak dikenal: dibawa tanpa burst',
    },
    'tbl_plans',
    plan.id,
  );
  return { bandwidth, burst: null };
}

/** A package is found by its name in files, so no two share one. */
function freeName(names: Set<string>, name: string, router: string): string {
  const candidates = [name, ...(router === '' ? [] : [`${name} (${router})`]), `${name} (PHPNuxBill)`];
  const numbered = Array.from({ length: 1000 }, (_, index) => `${name} (PHPNuxBill ${index + 2})`);
  const free = [...candidates, ...numbered].find((text) => !names.has(text.toLowerCase())) ?? name;
  names.add(free.toLowerCase());
  return free;
}

/** A package that is not sold, for subscriptions whose plan was deleted. */
export async function bringDeletedPlan(
  context: ImportContext,
  planId: number,
  name: string,
  type: string,
  price: bigint,
): Promise<KnownPackage> {
  const { tx, kit, at, sourceName, counts, report } = context;
  const sourceId = `deleted:${planId}:${name}`;
  const kind = packageType(type) ?? 'pppoe';
  const before = await importedBefore(tx, sourceName, 'package', [sourceId]);
  const there = await existing(tx, 'packages', [...before.values()]);
  const [old] = there;
  if (old !== undefined) return { id: old, type: kind, months: 1, days: 30 };
  const names = new Set((await packagesByName(tx)).keys());
  const row = {
    id: newId(kit.clock),
    name: freeName(names, name || `Plan ${planId}`, 'PHPNuxBill'),
    type: kind,
    bandwidth: bandwidthOfName(name) ?? unlimited,
    price: amountText(price),
    validity_days: 30,
    period_months: 1,
    is_active: false,
    created_at: at,
    updated_at: at,
  };
  await insertPackages(tx, [row]);
  if (before.size === 0)
    await rememberOrigins(tx, sourceName, [{ kind: 'package', sourceId, id: row.id }], at);
  counts.packages += 1;
  report.remark(
    {
      en: 'deleted plans that are still in use: brought as packages of a month that are not sold; look at speed and price',
      id: 'paket yang sudah dihapus tetapi masih dipakai: dibawa sebagai paket sebulan yang tidak dijual; periksa kecepatan dan harga',
    },
    'tbl_plans',
    planId,
  );
  return { id: row.id, type: kind, months: 1, days: 30 };
}
