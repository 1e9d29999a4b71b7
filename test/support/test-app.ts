import { Writable } from 'node:stream';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { pino } from 'pino';
import type { Role } from '#contract';
import { buildApp } from '#kit/app.ts';
import { SettableClock } from '#kit/clock.ts';
import { readConfig } from '#kit/config.ts';
import { createSecretBox } from '#kit/crypto.ts';
import { createDb, createPool, inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { drainJobs } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { createLog } from '#kit/log.ts';
import type { BuildEdition, Edition } from '../../server/editions/edition.ts';
import { providerEdition } from '../../server/editions/provider.ts';
import { issueToken } from '../../server/modules/identity/index.ts';
import { testDatabase } from './database.ts';

export interface TestRequest {
  readonly as?: Role | 'nobody';
  readonly token?: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly remoteAddress?: string;
}

export interface TestApp extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly kit: Kit;
  readonly edition: Edition;
  readonly clock: SettableClock;
  /** Everything logged so far, as JSON lines. */
  readonly logged: () => string;
  readonly userIds: Readonly<Record<Role, string>>;
  /** Sends a request, as an administrator unless said otherwise. */
  request(request: TestRequest): Promise<LightMyRequestResponse>;
  /** Works off all jobs that are due. */
  drainJobs(): Promise<void>;
  /** Has something closed with it. */
  use<T extends AsyncDisposable>(thing: T): T;
}

export interface TestAppOptions {
  readonly env?: Record<string, string>;
  readonly limitRates?: boolean;
  readonly now?: string;
  /** What it serves; a provider's edition unless said otherwise. */
  readonly edition?: BuildEdition;
  /** Opens another node on the same database. */
  readonly databaseUrl?: string;
}

/** The password of every user of a test app is the hash of this; making the hash anew each time would be slow. */
export const testPassword = 'correct horse battery';

/** A provider on a database of its own, called in-process; its clock stands at 15 January 2026, 10:00 in Jakarta. */
export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  await using cleanup = new AsyncDisposableStack();
  const url = options.databaseUrl ?? cleanup.use(await testDatabase()).url;
  const config = readConfig(
    { APP_ENV: 'testing', DATABASE_URL: url, LOG_LEVEL: 'debug', ...options.env },
    '/nonexistent',
  );
  const clock = new SettableClock(options.now ?? '2026-01-15T03:00:00Z');
  const lines: string[] = [];
  const pool = createPool(url, { max: 8, name: 'test' });
  cleanup.defer(() => pool.end());
  const kit: Kit = {
    config,
    clock,
    log: createLog('debug', collecting(lines)),
    pool,
    db: createDb(pool),
    secrets: createSecretBox(Buffer.alloc(32, 7)),
  };
  const edition = (options.edition ?? providerEdition)(kit);
  const app = await buildApp(kit, edition, { limitRates: options.limitRates ?? false });
  cleanup.defer(() => app.close());
  const users = await addUsers(kit);
  const owned = cleanup.move();
  const used = new AsyncDisposableStack();
  return {
    app,
    kit,
    edition,
    clock,
    logged: () => lines.join(''),
    userIds: users.ids,
    async request({ as = 'admin', token, method = 'GET', url: path, body, headers, remoteAddress }) {
      const bearer = token ?? (as === 'nobody' ? undefined : users.tokens[as]);
      return app.inject({
        method,
        url: path,
        headers: { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
        ...(body === undefined ? {} : { payload: body as object }), // Fastify's inject takes any JSON value.
        ...(remoteAddress === undefined ? {} : { remoteAddress }),
      });
    },
    drainJobs: () => drainJobs(kit, edition.jobs),
    use: (thing) => used.use(thing),
    async [Symbol.asyncDispose]() {
      await used.disposeAsync();
      await owned.disposeAsync();
    },
  };
}

function collecting(lines: string[]): pino.DestinationStream {
  return new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
}

/** argon2id of `testPassword` at its smallest cost, so that a test's users cost nothing to make. */
const hash = '$argon2id$v=19$m=64,t=1,p=1$bmFkaS10ZXN0LXNhbHQtMQ$n19n0Z0rO7CL5q/2q7QSjCbOGIg93F5elQpAdKKGFuM';

async function addUsers(kit: Kit) {
  const at = kit.clock.now().toString();
  const list: readonly Role[] = ['super_owner', 'admin', 'operator', 'viewer'];
  const author = systemAuthor('test');
  const added = await Promise.all(
    list.map(async (role) => {
      const { rows } = await kit.pool.query<{ id: string }>(
        `insert into users (id, name, email, password, role, created_at, updated_at)
         values (gen_random_uuid(), $1, $2, $3, $1, $4, $4)
         on conflict (email) do update set name = excluded.name returning id`,
        [role, `${role}@nadi.test`, hash, at],
      );
      const id = rows[0]?.id ?? '';
      const token = await inTransaction(kit.db, (tx) =>
        issueToken(kit, tx, author, { userId: id, name: 'test', expiresAt: null }),
      );
      return { role, id, token: token.plain };
    }),
  );
  const by = (pick: (user: (typeof added)[number]) => string) =>
    // Every role is in `list`.
    Object.fromEntries(added.map((user) => [user.role, pick(user)])) as Record<Role, string>;
  return { ids: by((user) => user.id), tokens: by((user) => user.token) };
}
