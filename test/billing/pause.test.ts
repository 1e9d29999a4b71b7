import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invoicesOf, ok, payAll, subscriber } from '../support/provider.ts';
import type { TestApp } from '../support/test-app.ts';
import { runBoth, toDay, twoNodes } from '../support/two-nodes.ts';
import { readFaults } from './books.ts';

const show = (nadi: TestApp, id: string) => ok(nadi, { url: `/api/subscriptions/${id}` });
const pause = (nadi: TestApp, id: string, body?: object) =>
  nadi.request({ method: 'POST', url: `/api/subscriptions/${id}/pause`, ...(body ? { body } : {}) });

for (const billSuspended of [false, true]) {
  test(`a pause ends by itself on its day and is not billed, where suspended time ${billSuspended ? 'is' : 'is not'}`, async () => {
    await using nodes = await twoNodes();
    const [nadi] = nodes;
    const { subscriptionId: id } = await subscriber(nadi, { start: '2026-01-15', billSuspended });
    await nadi.edition.runBilling();
    await payAll(nadi, id);
    toDay(nodes, '2026-01-20');
    assert.equal((await pause(nadi, id, { resume_on: '2026-01-20' })).statusCode, 422);
    const answer = (await pause(nadi, id, { resume_on: '2026-03-01' })).json();
    assert.deepEqual(
      [answer.status, answer.suspended_for, answer.suspended_on, answer.resume_on],
      ['suspended', 'paused', '2026-01-20', '2026-03-01'],
    );
    toDay(nodes, '2026-02-28');
    await runBoth(nodes);
    assert.equal((await show(nadi, id)).status, 'suspended');
    toDay(nodes, '2026-03-01');
    const both = await runBoth(nodes);
    assert.deepEqual(both.map((run) => run.resumed).sort(), [0, 1]);
    const after = await show(nadi, id);
    assert.deepEqual(
      [after.status, after.suspended_for, after.resume_on, after.end_date, after.billed_until],
      ['active', null, null, '2026-03-26', '2026-03-26'],
    );
    assert.equal((await invoicesOf(nadi, id)).length, 1);
    const again = await nadi.edition.runBilling();
    assert.equal(again.run_id, null);
    assert.deepEqual(await readFaults(nodes), {});
  });
}

test('a pause lasts until the run that ends it: days without service are not billed, however late it comes', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  await payAll(nadi, id);
  await pause(nadi, id, { resume_on: '2026-01-20' });
  toDay(nodes, '2026-01-30');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).end_date, '2026-03-01');
  assert.deepEqual(await readFaults(nodes), {});
});

test('payments do not lift a pause, activating does; a hand’s suspension after it counts from its own day', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { start: '2026-01-15', billSuspended: true });
  await nadi.edition.runBilling();
  await pause(nadi, id);
  toDay(nodes, '2026-02-15');
  await runBoth(nodes);
  await payAll(nadi, id);
  assert.equal((await show(nadi, id)).suspended_for, 'paused');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/suspend` });
  const manual = await show(nadi, id);
  assert.deepEqual(
    [manual.suspended_for, manual.suspended_on, manual.end_date],
    ['manual', '2026-02-15', '2026-03-17'],
  );
  assert.equal((await pause(nadi, id)).json().code, 'subscription_state');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/activate` });
  toDay(nodes, '2026-02-20');
  await pause(nadi, id, { resume_on: '2026-05-01' });
  assert.equal((await pause(nadi, id, { resume_on: '2026-03-15' })).json().resume_on, '2026-03-15');
  await ok(nadi, { method: 'POST', url: `/api/subscriptions/${id}/activate` });
  assert.deepEqual([(await show(nadi, id)).status, (await show(nadi, id)).resume_on], ['active', null]);
  assert.deepEqual(await readFaults(nodes), {});
});

test('an unpaid invoice waits while paused, and suspends once the pause is over', async () => {
  await using nodes = await twoNodes();
  const [nadi] = nodes;
  const { subscriptionId: id } = await subscriber(nadi, { start: '2026-01-15' });
  await nadi.edition.runBilling();
  toDay(nodes, '2026-01-16');
  await pause(nadi, id, { resume_on: '2026-02-16' });
  toDay(nodes, '2026-02-16');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).status, 'active');
  toDay(nodes, '2026-02-18');
  await runBoth(nodes);
  assert.equal((await show(nadi, id)).suspended_for, 'overdue');
  await payAll(nadi, id);
  assert.equal((await show(nadi, id)).status, 'active');
  assert.deepEqual(await readFaults(nodes), {});
});
