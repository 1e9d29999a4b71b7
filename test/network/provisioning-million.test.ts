import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { encodeSentence } from '#routeros';
import { reconcileRouter } from '../../server/modules/provisioning/index.ts';
import { ok } from '../support/provider.ts';
import { type RouterSide, scriptedRouter } from '../support/scripted-router.ts';
import { testApp } from '../support/test-app.ts';

/** Together more than a connection may hold of an answer. */
const others = 250_000;
const note = 'x'.repeat(300);

/** Answers a print of secrets with all of the others', and everything else with nothing. */
async function serve(side: RouterSide, between: (row: number) => Promise<void>): Promise<void> {
  for (;;) {
    const [path = '', ...words] = await side.hear();
    const tag = words.find((word) => word.startsWith('.tag=')) ?? '';
    if (path === '/ppp/secret/print') {
      const row = (n: number) =>
        encodeSentence(
          ['!re', tag, `=.id=*${n.toString(16)}`, `=name=orang-${n}`, `=comment=${note}`].map((word) =>
            Buffer.from(word),
          ),
        );
      for (let n = 0; n < others; n += 1000) {
        const chunk = Buffer.concat(Array.from({ length: 1000 }, (_, index) => row(n + index)));
        if (!side.socket.write(chunk)) await once(side.socket, 'drain');
        await between(n);
      }
    }
    side.say('!done', tag);
  }
}

test('a router with more users of others than memory holds is compared all the same, however long that takes', async () => {
  await using nadi = await testApp();
  await using router = await scriptedRouter();
  const body = { name: 'Besar', host: '127.0.0.1', port: router.port, username: 'nadi', password: 'x' };
  const { id } = await ok(nadi, { method: 'POST', url: '/api/router-settings', body });
  const asked: string[] = [];
  const between = async (row: number) => {
    if (row % 10_000 > 0) return;
    nadi.clock.advance({ seconds: 6 });
    if (row % 50_000 === 0) asked.push(await reconcileRouter(nadi.kit, id));
  };
  const served = assert.rejects(
    async () => serve(await (await router.accept()).admit(), between),
    /client is gone/,
  );
  assert.equal(await reconcileRouter(nadi.kit, id), 'done');
  await served;
  assert.deepEqual(asked, Array(5).fill('busy'), 'nobody else takes it for dead meanwhile');
  const { data } = await ok<{ data: { state: string }[] }>(nadi, { url: '/api/provisioning/routers' });
  assert.equal(data[0]?.state, 'ok');
});
