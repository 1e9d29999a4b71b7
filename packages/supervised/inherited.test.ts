import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inheritedFrom } from './index.ts';

test('sockets are taken by the process that they were given to, by their names', () => {
  const given = {
    LISTEN_FDS: '2',
    LISTEN_PID: '7',
    LISTEN_FDNAMES: 'http:isolir',
    NADI_STAND_BY: '/run/1.sock',
  };
  assert.deepEqual(inheritedFrom(given, 7), {
    sockets: new Map([
      ['http', 3],
      ['isolir', 4],
    ]),
    standByAt: '/run/1.sock',
  });
  assert.deepEqual(inheritedFrom({ LISTEN_FDS: '1', LISTEN_PID: '7', LISTEN_FDNAMES: 'nadi.socket' }, 7), {
    sockets: new Map([['http', 3]]),
    standByAt: undefined,
  });
});

test('what a parent left in the environment, or nobody could have meant, is no socket', () => {
  for (const env of [
    {},
    { LISTEN_FDS: '1', LISTEN_PID: '8' },
    { LISTEN_FDS: '1' },
    { LISTEN_FDS: '0', LISTEN_PID: '7' },
    { LISTEN_FDS: '-1', LISTEN_PID: '7' },
    { LISTEN_FDS: '1e9', LISTEN_PID: '7' },
    { LISTEN_FDS: 'x', LISTEN_PID: '7' },
  ])
    assert.equal(inheritedFrom(env, 7), undefined);
});
