import { prepareReports } from '../server/modules/reports/index.ts';
import { loadBooks } from './load-books.ts';
import { quantile } from './load-plan.ts';
import { loadProvider } from './load-provider.ts';
import { startNadi } from './nadi-process.ts';
import { benchFolder, benchToken, timed, verdict } from './support.ts';

const calls = 10;
const year = 'from=2025-12&to=2026-11';
const limits = [
  { name: 'mrr', path: '/api/reports/mrr', most: 300 },
  { name: 'churn', path: `/api/reports/churn?${year}`, most: 300 },
  { name: 'revenue', path: `/api/reports/revenue?${year}`, most: 300 },
  { name: 'receivables', path: '/api/reports/receivables?per_page=100', most: 300 },
  { name: 'collections by month', path: `/api/reports/collections?${year}`, most: 300 },
  { name: 'collections by day', path: `/api/reports/collections?${year}&by=day`, most: 300 },
  { name: 'tax', path: `/api/reports/tax?${year}`, most: 300 },
  { name: 'dashboard', path: '/api/dashboard/stats', most: 50 },
] as const;

/** Reports over a year answer within 300 ms, and the dashboard within 50 ms, beside three million invoices in the books. */
export async function benchReports(rows: number, print: (line: string) => void): Promise<boolean> {
  await using folder = await benchFolder();
  print(`Loading ${rows} customers and ${3 * rows} invoices with their books …`);
  const token = await folder.withKit(async (kit) => {
    await loadProvider(kit, rows);
    await loadBooks(kit);
    print(`prepared from nothing in ${((await timed(() => prepareReports(kit))) / 1000).toFixed(1)} s`);
    print(`prepared once more in ${((await timed(() => prepareReports(kit))) / 1000).toFixed(2)} s`);
    await kit.pool.query('vacuum analyze');
    return benchToken(kit);
  });
  // Nothing else is to be done meanwhile: no billing run starts in read-only mode.
  await using nadi = await startNadi(folder.dataDir, {
    RATE_LIMIT_PER_MINUTE: '100000000',
    NADI_READ_ONLY: 'true',
  });
  const call = async (path: string) => {
    const answer = await fetch(nadi.url + path, { headers: { authorization: `Bearer ${token}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${text}`);
  };
  let kept = true;
  for (const { name, path, most } of limits) {
    await call(path);
    const times: number[] = [];
    for (let turn = 0; turn < calls; turn += 1) times.push(await timed(() => call(path)));
    const sorted = times.sort((one, other) => one - other);
    print(`${name}: p50 ${quantile(sorted, 0.5).toFixed(1)} ms, max ${quantile(sorted, 1).toFixed(1)} ms`);
    print(verdict(`${name}, slowest`, quantile(sorted, 1), most, ' ms'));
    kept = quantile(sorted, 1) <= most && kept;
  }
  return kept;
}
