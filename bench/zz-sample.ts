import { writeFileSync } from 'node:fs';
import { readConfig } from '#kit/config.ts';
import { openKit } from '#kit/open-kit.ts';
import { sampleCustomers } from './customer-requests.ts';

const dir = process.argv[2] ?? '';
await using open = await openKit(readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dir), {
  onBusy: 'connect',
  command: 'x',
});
writeFileSync(dir + '.sample.json', JSON.stringify(await sampleCustomers(open.kit, 3000)));
for (const q of [
  "select relname, pg_size_pretty(pg_relation_size(oid)) from pg_class where relname ~ '^(customers|invoices|subscriptions)' order by pg_relation_size(oid) desc",
])
  console.table((await open.kit.pool.query(q)).rows);
