import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testApp } from '../../../test/support/test-app.ts';

test('of 25 requests at once under a limit of 20, exactly 20 are answered; after a minute, again', async () => {
  await using nadi = await testApp({ limitRates: true, env: { RATE_LIMIT_PER_MINUTE: '20' } });
  const burst = async () => {
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => nadi.request({ url: '/api/packages' })),
    );
    return answers.filter((answer) => answer.statusCode === 200).length;
  };
  assert.equal(await burst(), 20);
  nadi.clock.advance({ seconds: 59 });
  assert.equal(await burst(), 0);
  nadi.clock.advance({ seconds: 1 });
  assert.equal(await burst(), 20);
});

test('one address does not use up another’s', async () => {
  await using nadi = await testApp({ limitRates: true, env: { RATE_LIMIT_PER_MINUTE: '2' } });
  const from = async (remoteAddress: string) =>
    (await nadi.request({ url: '/api/packages', remoteAddress })).statusCode;
  assert.deepEqual([await from('10.0.0.1'), await from('10.0.0.1'), await from('10.0.0.1')], [200, 200, 429]);
  assert.equal(await from('10.0.0.2'), 200);
});
