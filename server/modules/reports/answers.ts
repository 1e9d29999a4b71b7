import type { RequestOf, ResponseOf, reports } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Language } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday, readOrganisation } from '../organisation/index.ts';
import {
  churnColumns,
  collectionColumns,
  debtorColumns,
  mrrColumns,
  revenueColumns,
  taxColumns,
} from './columns.ts';
import { inForm } from './download.ts';
import { inSnapshot } from './ledger-queries.ts';
import { collectionRows, revenueRows, taxRows } from './money-queries.ts';
import { listDebtors, receivableTotals } from './receivable-queries.ts';
import { spanOf, sumOf } from './span.ts';
import { churnRows, movedMrr, mrrRows } from './subscription-queries.ts';

type Reports = typeof reports;
type Query<K extends keyof Reports> = RequestOf<Reports[K]>['query'];
type Answer<K extends keyof Reports> = Promise<ResponseOf<Reports[K]>>;

/** Customers in one file. */
const mostDebtors = 50_000;

export async function answerMrr(
  kit: Kit,
  query: Query<'reportMrr'>,
  language: Language,
): Answer<'reportMrr'> {
  const today = await organisationToday(kit);
  const { timezone } = await readOrganisation(kit.db);
  const span = {
    from: Temporal.PlainDate.from(today).subtract({ months: 1 }).add({ days: 1 }).toString(),
    to: today,
  };
  const { rows, moved, countedAt } = await inSnapshot(kit.db, async (tx, progress) => ({
    rows: await mrrRows(tx, progress, today),
    moved: await movedMrr(tx, progress, span, timezone),
    countedAt: progress.figures_at ?? instantText(kit.clock.now()),
  }));
  const count = (pick: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + pick(row), 0);
  const answer = {
    date: today,
    counted_at: countedAt,
    totals: {
      active_subscriptions: count((row) => row.active_subscriptions),
      mrr: sumOf(rows.map((row) => row.mrr)),
      suspended_subscriptions: count((row) => row.suspended_subscriptions),
      suspended_mrr: sumOf(rows.map((row) => row.suspended_mrr)),
    },
    rows: [...rows],
    last_month: { from: span.from, ...moved },
  };
  return inForm(query, language, { name: 'mrr', columns: mrrColumns, rows, answer });
}

export async function answerChurn(
  kit: Kit,
  query: Query<'reportChurn'>,
  language: Language,
): Answer<'reportChurn'> {
  const { timezone } = await readOrganisation(kit.db);
  const span = spanOf(query, await organisationToday(kit));
  const rows = await inSnapshot(kit.db, (tx, progress) => churnRows(tx, progress, span, timezone));
  const answer = { ...span, rows: [...rows] };
  return inForm(query, language, { name: 'churn', columns: churnColumns, rows, answer });
}

export async function answerRevenue(
  kit: Kit,
  query: Query<'reportRevenue'>,
  language: Language,
): Answer<'reportRevenue'> {
  const span = spanOf(query, await organisationToday(kit));
  const rows = await inSnapshot(kit.db, (tx, progress) => revenueRows(tx, progress, span));
  const totals = {
    revenue: sumOf(rows.map((row) => row.revenue)),
    late_fees: sumOf(rows.map((row) => row.late_fees)),
  };
  const answer = { ...span, totals, rows: [...rows] };
  return inForm(query, language, { name: 'revenue', columns: revenueColumns, rows, answer });
}

export async function answerReceivables(
  kit: Kit,
  query: Query<'reportReceivables'>,
  language: Language,
): Answer<'reportReceivables'> {
  const today = await organisationToday(kit);
  const size = query.format === 'json' ? query.per_page : mostDebtors;
  const { totals, found } = await inSnapshot(kit.db, async (tx, progress) => ({
    totals: await receivableTotals(tx, progress, today),
    found: await listDebtors(tx, today, { cursor: query.cursor, limit: size + 1 }),
  }));
  const rows = found.slice(0, size);
  const next = found.length > size ? (rows.at(-1)?.customer_id ?? null) : null;
  const answer = { date: today, totals, data: [...rows], next_cursor: next };
  return inForm(query, language, { name: 'receivables', columns: debtorColumns, rows, answer });
}

export async function answerCollections(
  kit: Kit,
  query: Query<'reportCollections'>,
  language: Language,
): Answer<'reportCollections'> {
  const span = spanOf(query, await organisationToday(kit));
  const rows = await inSnapshot(kit.db, (tx, progress) => collectionRows(tx, progress, span, query.by));
  const totals = {
    received: sumOf(rows.map((row) => row.received)),
    returned: sumOf(rows.map((row) => row.returned)),
    net: sumOf(rows.map((row) => row.net)),
  };
  const answer = { ...span, totals, rows: [...rows] };
  return inForm(query, language, {
    name: 'collections',
    columns: collectionColumns(query.by),
    rows,
    answer,
  });
}

export async function answerTax(
  kit: Kit,
  query: Query<'reportTax'>,
  language: Language,
): Answer<'reportTax'> {
  const span = spanOf(query, await organisationToday(kit));
  const rows = await inSnapshot(kit.db, (tx, progress) => taxRows(tx, progress, span));
  const totals = { base: sumOf(rows.map((row) => row.base)), tax: sumOf(rows.map((row) => row.tax)) };
  const answer = { ...span, totals, rows: [...rows] };
  return inForm(query, language, { name: 'tax', columns: taxColumns, rows, answer });
}
