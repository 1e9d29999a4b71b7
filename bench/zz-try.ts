import { writeFileSync } from 'node:fs';
import { readConfig } from '#kit/config.ts';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { openKit } from '#kit/open-kit.ts';
import { createUser, issueToken } from '../server/modules/identity/index.ts';
import { loadProvider } from './load-provider.ts';

const dir = process.argv[2] ?? '';
const rows = Number(process.argv[3]);
await using open = await openKit(readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn' }, dir), {
  onBusy: 'refuse',
  command: 'x',
});
await migrateAll(open.kit);
const t = performance.now();
await loadProvider(open.kit, rows);
console.log('loaded', performance.now() - t);
const token = await inTransaction(open.kit.db, async (tx) => {
  const author = systemAuthor('bench');
  const user = await createUser(open.kit, tx, author, {
    name: 'B',
    email: 'bench@example.com',
    password: 'bench bench bench',
    role: 'admin',
  });
  return (await issueToken(open.kit, tx, author, { userId: user.id, name: 'b', expiresAt: null })).plain;
});
writeFileSync(dir + '.token', token);
