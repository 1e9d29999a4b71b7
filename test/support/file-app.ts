import { after } from 'node:test';
import type { Role } from '#contract';
import { testApp, testPassword } from './test-app.ts';

export { testPassword };

export interface Request {
  readonly as?: Role;
  readonly token?: string;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly remoteAddress?: string;
}

/** A test app that lives as long as its file, called by nobody unless said otherwise, also with cookies. */
export async function fileApp(env: Record<string, string> = {}) {
  const app = await testApp({ env, now: '2026-11-21T03:00:00Z' });
  after(() => app[Symbol.asyncDispose]());
  return {
    kit: app.kit,
    clock: app.clock,
    edition: app.edition,
    userIds: app.userIds,
    drainJobs: app.drainJobs,
    logged: app.logged,
    async request({ as, cookies = {}, headers = {}, ...rest }: Request) {
      const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      const all = cookie.length === 0 ? headers : { ...headers, cookie: cookie.join('; ') };
      const answer = await app.request({ as: as ?? 'nobody', headers: all, ...rest });
      const body = answer.body === '' ? undefined : answer.json();
      return { status: answer.statusCode, body, headers: answer.headers, cookies: answer.cookies };
    },
  };
}
