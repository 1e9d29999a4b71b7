import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '#contract';
import { SettableClock } from '#kit/clock.ts';
import { readConfig } from '#kit/config.ts';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { createMetrics } from '#kit/http/metrics.ts';
import { buildHttp } from '#kit/http/server.ts';
import { drainJobs } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { openKit } from '#kit/open-kit.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { authenticate, createUser, identityModule, issueToken } from './index.ts';

export interface RequestInput {
  readonly as?: Role;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly cookies?: Record<string, string>;
  readonly headers?: Record<string, string>;
}

export async function testApp(env: Record<string, string> = {}) {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'nadi-identity-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const clock = new SettableClock('2026-11-21T03:00:00Z');
  const config = readConfig({ APP_ENV: 'testing', LOG_LEVEL: 'warn', ...env }, dataDir);
  const opened = cleanup.use(await openKit(config, { onBusy: 'refuse', clock }));
  const kit: Kit = opened.kit;
  await migrateAll(kit);
  const readOnly = createReadOnlyMode(kit.db, clock, false);
  const module = identityModule(kit);
  const http = await buildHttp(kit, [module], {
    authenticate: authenticate(kit),
    readOnly,
    health: { accepting: () => true },
    metrics: createMetrics(kit),
    limitRates: false,
  });
  cleanup.defer(() => http.close());
  const tokens = new Map<Role, string>();
  const ids = new Map<Role, string>();
  for (const role of ['super_owner', 'admin', 'operator', 'viewer'] as const) {
    await inTransaction(kit.db, async (tx) => {
      const user = await createUser(kit, tx, systemAuthor('test'), {
        name: role,
        email: `${role}@example.test`,
        password: `${role} password`,
        role,
      });
      const token = await issueToken(kit, tx, systemAuthor('test'), { userId: user.id, name: 'test', expiresAt: null });
      ids.set(role, user.id);
      tokens.set(role, token.plain);
    });
  }
  const owned = cleanup.move();
  return {
    kit,
    clock,
    readOnly,
    ids,
    module,
    async request({ as, method = 'GET', url, body, token, cookies, headers = {} }: RequestInput) {
      const bearer = token ?? (as && tokens.get(as));
      const response = await http.inject({
        method,
        url,
        headers: { ...headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
        ...(cookies ? { cookies } : {}),
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const json = response.body === '' ? undefined : JSON.parse(response.body);
      return { status: response.statusCode, body: json, headers: response.headers, cookies: response.cookies };
    },
    drainJobs: () => drainJobs(kit, module.jobs ?? []),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
