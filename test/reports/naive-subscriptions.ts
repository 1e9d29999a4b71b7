import type { TestApp } from '../support/test-app.ts';

interface Held {
  readonly id: string;
  readonly package_id: string;
  readonly status: string;
  readonly area: string | null;
  readonly price: string;
  readonly period_months: number | null;
  readonly validity_days: number;
  readonly billing_mode: string;
  readonly end_date: string;
  readonly suspended_on: string | null;
  readonly trial_ends_on: string | null;
}

interface Part {
  readonly subscription_id: string;
  readonly kind: string;
  readonly value: string;
  readonly unit_price: string;
  readonly quantity: number;
}

interface Log {
  readonly subscription_id: string;
  readonly action: string;
  readonly run_id: string | null;
  readonly day: string;
}

const cents = (amount: string) => BigInt(amount.replace('.', ''));
/** A share of a whole number, half up. */
const rounded = (amount: bigint, of: bigint) => (2n * amount + of) / (2n * of);
const text = (hundredths: bigint) => `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;

/** Figures of subscriptions, one by one. */
export async function naiveSubscriptions({ kit }: TestApp, today: string) {
  const query = async <T>(sql: string) => (await kit.pool.query(sql)).rows as T[]; // The columns asked for.
  const held = await query<Held>(
    'select s.*, c.area, p.price, p.period_months, p.validity_days, p.billing_mode from subscriptions s join packages p on p.id = s.package_id join customers c on c.id = s.customer_id',
  );
  const discounts = await query<Part>('select * from subscription_discounts where ended_at is null');
  const addons = await query<Part>('select * from subscription_addons where ended_at is null');
  /** Whole rupiah of a period. */
  const worth = (one: Held) => {
    const price = rounded(cents(one.price), 100n);
    let [off, added] = [0n, 0n];
    for (const part of discounts.filter((row) => row.subscription_id === one.id)) {
      off +=
        part.kind === 'percent'
          ? rounded(cents(one.price) * cents(part.value), 1_000_000n)
          : rounded(cents(part.value), 100n);
    }
    for (const part of addons.filter((row) => row.subscription_id === one.id)) {
      added += rounded(cents(part.unit_price) * BigInt(part.quantity), 100n);
    }
    return (off > price ? 0n : price - off) + added;
  };
  const rows = new Map<string, { of: Held; worth: bigint; count: number }>();
  for (const one of held.filter(({ status }) => status === 'active' || status === 'suspended')) {
    const key = [one.package_id, one.area, one.status].join('|');
    const row = rows.get(key) ?? { of: one, worth: 0n, count: 0 };
    const onTrial = one.trial_ends_on !== null && one.trial_ends_on > (one.suspended_on ?? today);
    rows.set(key, { of: one, worth: row.worth + (onTrial ? 0n : worth(one)), count: row.count + 1 });
  }
  const mrr = [...rows].map(([key, { of, worth: whole, count }]) => {
    const month =
      of.period_months === null
        ? rounded(whole * 30_436_875n, 10_000n * BigInt(of.validity_days))
        : rounded(whole * 100n, BigInt(of.period_months));
    return `${key}: ${count} ${text(month)}`;
  });
  const active = held.filter(({ status }) => status === 'active');
  const week = Temporal.PlainDate.from(today).add({ days: 7 }).toString();
  return {
    mrr: mrr.sort(),
    churn: await naiveChurn(query),
    held: held.filter(({ status }) => status === 'active' || status === 'suspended').length,
    total: held.filter(({ status }) => status !== 'cancelled').length,
    expired: held.filter(({ status }) => status === 'expired').length,
    expiring: active.filter((one) => one.billing_mode === 'prepaid' && one.end_date <= week).length,
  };
}

async function naiveChurn(query: <T>(sql: string) => Promise<T[]>): Promise<readonly string[]> {
  const logs = await query<Log>(
    "select *, (created_at at time zone 'Asia/Jakarta')::date as day from billing_logs where invoice_id is null order by created_at, id",
  );
  const cameExpired = new Set(
    logs.filter((log) => log.action === 'expired' && log.run_id === null).map((log) => log.subscription_id),
  );
  const states = new Map<string, 'held' | 'gone'>();
  const moves = new Map<string, number>();
  for (const { subscription_id: id, action, day } of logs) {
    const state = states.get(id);
    const move =
      state === undefined && action === 'created'
        ? cameExpired.has(id)
          ? 'gone'
          : 'new'
        : state === 'gone' && action === 'activated'
          ? 'back'
          : state === 'held' && action === 'expired'
            ? 'expired'
            : state === 'held' && (action === 'cancelled' || action === 'deleted')
              ? 'cancelled'
              : undefined;
    if (move === undefined) continue;
    states.set(id, move === 'new' || move === 'back' ? 'held' : 'gone');
    const key = `${day.slice(0, 7)} ${move}`;
    if (move !== 'gone') moves.set(key, (moves.get(key) ?? 0) + 1);
  }
  return [...moves].map(([key, count]) => `${key}: ${count}`).sort();
}

interface Mrr {
  readonly rows: readonly {
    readonly package_id: string;
    readonly area: string | null;
    readonly active_subscriptions: number;
    readonly mrr: string;
    readonly suspended_subscriptions: number;
    readonly suspended_mrr: string;
  }[];
}

/** The same figures, as the API answers them. */
export async function askedSubscriptions(nadi: TestApp, span: string) {
  const ask = async <T>(path: string) => {
    const answer = await nadi.request({ url: path });
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.body}`);
    return answer.json<T>();
  };
  const { rows } = await ask<Mrr>('/api/reports/mrr');
  const churn = await ask<{ rows: (Record<string, number> & { month: string })[] }>(
    `/api/reports/churn?${span}`,
  );
  const stats = await ask<Record<string, number>>('/api/dashboard/stats');
  const kinds = ['new', 'back', 'cancelled', 'expired'];
  return {
    mrr: rows
      .flatMap((row) => [
        { status: 'active', count: row.active_subscriptions, month: row.mrr, ...row },
        { status: 'suspended', count: row.suspended_subscriptions, month: row.suspended_mrr, ...row },
      ])
      .filter(({ count }) => count > 0)
      .map((row) => `${[row.package_id, row.area, row.status].join('|')}: ${row.count} ${row.month}`)
      .sort(),
    churn: churn.rows
      .flatMap((row) => kinds.map((kind) => [`${row.month} ${kind}`, Number(row[kind])] as const))
      .filter(([, count]) => count > 0)
      .map(([key, count]) => `${key}: ${count}`)
      .sort(),
    held: churn.rows.at(-1)?.at_end,
    total: stats.total_subscriptions,
    expired: stats.expired_subscriptions,
    expiring: stats.expiring_soon,
  };
}
