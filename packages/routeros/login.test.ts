import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  CommandAborted,
  ConnectionLost,
  connectRouter,
  LoginRefused,
  ProtocolError,
  RouterFatal,
  type RouterOptions,
  RouterTimeout,
} from '#routeros';
import { type RouterSide, SettableTimers, scriptedRouter } from '../../test/support/scripted-router.ts';
import { challengeResponse } from './login.ts';

const password = 'rahasia-sekali';

/** Connects to a router that does this, and gives back how it ended. */
async function connecting(
  script: (side: RouterSide, timers: SettableTimers) => Promise<void>,
  options: Partial<RouterOptions> = {},
  signal?: AbortSignal,
) {
  await using router = await scriptedRouter();
  const timers = new SettableTimers();
  const outcome = connectRouter(
    { host: '127.0.0.1', port: router.port, user: 'nadi', password, timers, ...options },
    { signal },
  ).catch((error: unknown) => error);
  const side = await router.accept();
  await script(side, timers);
  const end = await outcome;
  const left = timers.size;
  assert.equal(left, 0, 'no timer is left');
  assert.ok(
    !inspect(end, { depth: 10, showHidden: true }).includes(password),
    'no password in what is shown',
  );
  if (end instanceof Error) await side.closed;
  else if (typeof end === 'object' && end !== null && Symbol.asyncDispose in end) {
    assert.match(inspect(end), /^RouterConnection\(127\.0\.0\.1:\d+, open\)$/);
  }
  return end;
}

test('the vector of the challenge', () => {
  assert.equal(
    challengeResponse(Buffer.from('test'), '259e0bc05acd6f46926dc2f809ed1bba'),
    '00c7fd865183a43a772dde231f6d0bff13',
  );
});

test('a router of 6.43 and later wants name and password', async () => {
  const end = await connecting(async (side) => {
    assert.deepEqual(await side.hear(), ['/login', '=name=nadi', `=password=${password}`]);
    side.say('!done');
  });
  assert.ok(!(end instanceof Error));
});

test('an older one answers with a challenge, and is answered', async () => {
  const end = await connecting(async (side) => {
    await side.hear();
    side.say('!done', '=ret=259e0bc05acd6f46926dc2f809ed1bba');
    const response = challengeResponse(Buffer.from(password), '259e0bc05acd6f46926dc2f809ed1bba');
    assert.deepEqual(await side.hear(), ['/login', '=name=nadi', `=response=${response}`]);
    side.say('!done');
  });
  assert.ok(!(end instanceof Error));
});

test('where only the challenge is allowed, the password is never shown', async () => {
  const end = await connecting(
    async (side) => {
      assert.deepEqual(await side.hear(), ['/login']);
      side.say('!done');
    },
    { login: 'challenge' },
  );
  assert.ok(end instanceof LoginRefused);
});

test('a wrong password is refused in the router’s words, without the password', async () => {
  const end = await connecting(async (side) => {
    await side.hear();
    side.say('!trap', `=message=invalid user name or password ${password} (6)`);
    side.say('!done');
  });
  assert.ok(end instanceof LoginRefused);
  assert.match(end.message, /\/login: invalid user name or password … \(6\)$/);
});

test('a refusal counts though the router closes without !done', async () => {
  const end = await connecting(async (side) => {
    await side.hear();
    side.say('!trap', '=message=cannot log in');
    side.socket.end();
  });
  assert.ok(end instanceof LoginRefused);
});

test('!fatal, a hang, a loss and nonsense during the login', async () => {
  const fatal = await connecting(async (side) => {
    await side.hear();
    side.say('!fatal', 'too many sessions');
  });
  assert.ok(fatal instanceof RouterFatal && /too many sessions/.test(fatal.message));

  const hang = await connecting(async (side, timers) => {
    await side.hear();
    timers.advance(10_000);
  });
  assert.ok(hang instanceof RouterTimeout);

  const lost = await connecting(async (side) => {
    await side.hear();
    side.socket.end();
  });
  assert.ok(lost instanceof ConnectionLost);

  const bad = await connecting(async (side) => {
    await side.hear();
    side.say('!done', '=ret=not hexadecimal');
  });
  assert.ok(bad instanceof ProtocolError);

  const endless = await connecting(async (side) => {
    await side.hear();
    for (let index = 0; index < 17; index += 1) side.say('!re', '=a=b');
  });
  assert.ok(endless instanceof ProtocolError);

  const twice = await connecting(async (side) => {
    await side.hear();
    side.say('!done', '=ret=00');
    await side.hear();
    side.say('!done', '=ret=00');
  });
  assert.ok(twice instanceof LoginRefused);

  const http = await connecting(async (side) => {
    await side.hear();
    side.socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  assert.ok(http instanceof ConnectionLost && /in the middle of a sentence/.test(http.message));
});

test('an abort during the login closes the connection', async () => {
  const abort = new AbortController();
  const end = await connecting(
    async (side) => {
      await side.hear();
      abort.abort(new Error('enough'));
    },
    {},
    abort.signal,
  );
  assert.ok(end instanceof CommandAborted && end.cause instanceof Error);
});

test('nobody listening is told as such', async () => {
  const router = await scriptedRouter();
  await router[Symbol.asyncDispose]();
  await assert.rejects(
    connectRouter({ host: '127.0.0.1', port: router.port, user: 'nadi', password }),
    (error: unknown) =>
      error instanceof ConnectionLost && /ECONNREFUSED/.test(error.message) && !error.mayHaveExecuted,
  );
});

test('an abort before connecting makes no connection', async () => {
  await using router = await scriptedRouter();
  await assert.rejects(
    connectRouter(
      { host: '127.0.0.1', port: router.port, user: 'nadi', password },
      { signal: AbortSignal.abort() },
    ),
    CommandAborted,
  );
  assert.equal(router.connections, 0);
});
