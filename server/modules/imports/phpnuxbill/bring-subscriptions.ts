import { newId } from '#kit/ids.ts';
import { addPastSubscriptions, type PastSubscription } from '../../subscriptions/index.ts';
import { importedBefore, rememberOrigins } from '../source-queries.ts';
import { nameAccounts } from './accounts.ts';
import { bringDeletedPlan } from './bring-packages.ts';
import { lastPricesOf } from './bring-transactions.ts';
import type { SourceRow } from './read-source.ts';
import { packageType, readDate, type Standing, standingOf } from './rules.ts';
import type { ImportContext, KnownCustomer, KnownCustomers, KnownPackage } from './state.ts';

interface Recharge {
  readonly row: SourceRow;
  readonly customer: KnownCustomer;
  readonly isHotspot: boolean;
  readonly standing: Standing;
  readonly start: string;
  readonly end: string;
}

const chunk = 5000;
/** Shorter hotspot plans are bought when they are needed: they do not renew by themselves. */
const shortestRenewed = 28;

/** Brings recharges as subscriptions with their router accounts: running ones as active, those that are over as expired. */
export async function bringSubscriptions(
  context: ImportContext,
  customers: KnownCustomers,
  packages: Map<number, KnownPackage>,
): Promise<void> {
  const { tx, source, sourceName, counts, kit, at } = context;
  const rows = await source.all('tbl_user_recharges');
  const before = await importedBefore(
    tx,
    sourceName,
    'subscription',
    rows.map((row) => String(row.id)),
  );
  const recharges = rows.flatMap((row) => rechargeOf(context, row, customers) ?? []);
  const isThere = ({ row }: Recharge) => before.has(String(row.id));
  const rank = (recharge: Recharge) => (isThere(recharge) ? 0 : recharge.standing === 'expired' ? 2 : 1);
  const names = await nameAccounts(
    context,
    recharges
      .toSorted((one, other) => rank(one) - rank(other) || one.row.id - other.row.id)
      .map((recharge) => ({
        rechargeId: recharge.row.id,
        customerName: recharge.customer.name,
        username: accountOf(recharge).username,
        isThere: isThere(recharge),
      })),
  );
  counts.alreadyThere += recharges.filter(isThere).length;
  const fresh = recharges.filter((recharge) => !isThere(recharge));
  await bringDeletedPlans(context, fresh, packages);
  const added = fresh.flatMap((recharge) => {
    const pack = packages.get(Number(recharge.row.get('plan_id')));
    const username = names.get(recharge.row.id);
    if (pack === undefined || username === undefined) return [];
    return [{ recharge, row: subscriptionOf(newId(kit.clock), recharge, pack, username) }];
  });
  for (let start = 0; start < added.length; start += chunk) {
    const part = added.slice(start, start + chunk);
    await addPastSubscriptions(
      kit,
      tx,
      context.hooks,
      context.author,
      part.map(({ row }) => row),
      context.today,
    );
    const origins = part.map(({ recharge, row }) => ({
      kind: 'subscription' as const,
      sourceId: String(recharge.row.id),
      id: row.id,
    }));
    await rememberOrigins(tx, sourceName, origins, at);
  }
  for (const { recharge } of added) counts[recharge.standing] += 1;
  context.progress(rows.length);
}

function rechargeOf(
  { report, today }: ImportContext,
  row: SourceRow,
  { byId, byUsername }: KnownCustomers,
): Recharge | undefined {
  const customer =
    byId.get(Number(row.get('customer_id'))) ?? byUsername.get(row.get('username').toLowerCase());
  if (customer === undefined) {
    report.remark(
      {
        en: 'recharges of vouchers and of deleted customers: not brought',
        id: 'isi ulang voucher dan pelanggan yang sudah dihapus: tidak dibawa',
      },
      'tbl_user_recharges',
      row.id,
    );
    return undefined;
  }
  const on = row.get('status').toLowerCase() === 'on';
  const recharged = readDate(row.get('recharged_on'));
  const expiration = readDate(row.get('expiration'));
  if (expiration === undefined) {
    report.remark(
      {
        en: 'recharges without an expiration date: the running ones count as unpaid from today',
        id: 'isi ulang tanpa tanggal berakhir: yang masih aktif dianggap belum dibayar mulai hari ini',
      },
      'tbl_user_recharges',
      row.id,
    );
  }
  if (on && expiration !== undefined && expiration < today) {
    report.remark(
      {
        en: 'recharges that are still on although they have expired: brought as expired',
        id: 'isi ulang yang masih aktif walaupun sudah berakhir: dibawa sebagai habis',
      },
      'tbl_user_recharges',
      row.id,
    );
  }
  const yesterday = Temporal.PlainDate.from(today).subtract({ days: 1 }).toString();
  const end = expiration ?? (on ? today : smaller(recharged ?? yesterday, yesterday));
  return {
    row,
    customer,
    isHotspot: packageType(row.get('type')) === 'hotspot',
    standing: standingOf({ on, end }, customer.blocked, today),
    start: smaller(recharged ?? end, end),
    end,
  };
}

const smaller = (one: string, other: string) => (one < other ? one : other);

/** PPPoE may have a name and password of its own; the portal's count otherwise. */
function accountOf({ customer, isHotspot }: Recharge) {
  return {
    username: (isHotspot ? '' : customer.pppoeUsername) || customer.username,
    password: (isHotspot ? '' : customer.pppoePassword) || customer.password,
  };
}

function subscriptionOf(
  id: string,
  recharge: Recharge,
  pack: KnownPackage,
  username: string,
): PastSubscription {
  const { row, customer, isHotspot, standing, start, end } = recharge;
  const router = row.get('routers');
  return {
    id,
    customer_id: customer.id,
    package_id: pack.id,
    package_type: pack.type,
    username,
    password: accountOf(recharge).password || undefined,
    start_date: start,
    end_date: end,
    status: standing,
    auto_renew: !isHotspot || pack.months !== null || pack.days >= shortestRenewed,
    remote_address: isHotspot ? null : customer.address || null,
    // On the router the profile has the name of the plan.
    profile: row.get('namebp').slice(0, 100).toWellFormed() || null,
    comment: router === '' ? null : `Router: ${router}`.slice(0, 500).toWellFormed(),
  };
}

async function bringDeletedPlans(
  context: ImportContext,
  fresh: readonly Recharge[],
  packages: Map<number, KnownPackage>,
): Promise<void> {
  const isGone = ({ row }: Recharge) => !packages.has(Number(row.get('plan_id')));
  if (!fresh.some(isGone)) return;
  const lastPrices = await lastPricesOf(context);
  for (const { row } of fresh) {
    const planId = Number(row.get('plan_id'));
    if (packages.has(planId)) continue;
    const name = row.get('namebp');
    const price = lastPrices.get(name) ?? 0n;
    packages.set(planId, await bringDeletedPlan(context, planId, name, row.get('type'), price));
  }
}
