import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addCustomerToken, onePixel } from '../contract/portal-world.ts';
import { ok } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import { addCustomer } from './portal-support.ts';

const nadi = await testApp();
after(() => nadi[Symbol.asyncDispose]());

interface Ticket {
  readonly id: string;
  readonly state: string;
  readonly closed_at: string | null;
  readonly replies: readonly {
    readonly id: string;
    readonly by: string;
    readonly attachments: readonly { readonly id: string; readonly type: string }[];
  }[];
}

let people = 0;
async function customer() {
  people += 1;
  const email = `tiket${people}@rumah.test`;
  const id = await addCustomer(nadi, { email });
  const token = await addCustomerToken(nadi, id, email);
  const send = (method: 'GET' | 'POST', url: string, body?: object) =>
    nadi.request({ token, method, url: `/api/portal/tickets${url}`, ...(body ? { body } : {}) });
  const open = async (more: object = {}) =>
    (await send('POST', '', { subject: 'Lampu merah', body: 'Sejak pagi.', ...more })).json<Ticket>();
  return { id, send, open };
}
const office = <T = Ticket>(method: 'GET' | 'POST' | 'PUT', url: string, body?: object) =>
  ok<T>(nadi, { method, url: `/api/tickets${url}`, ...(body ? { body } : {}) });

test('a ticket goes back and forth, is closed, and the customer’s reply opens it again', async () => {
  const budi = await customer();
  const { id, state } = await budi.open();
  assert.equal(state, 'open');
  nadi.clock.advance({ minutes: 5 });
  await office('POST', `/${id}/replies`, { body: 'Kami datang siang.' });
  const seen = (await budi.send('GET', `/${id}`)).json<Ticket>();
  assert.equal(seen.state, 'waiting');
  assert.deepEqual(
    seen.replies.map(({ by }) => by),
    ['customer', 'staff'],
  );
  assert.ok(!JSON.stringify(seen).includes('admin'), 'who of the office wrote is not shown');
  assert.equal((await office('POST', `/${id}/close`)).state, 'closed');
  assert.equal((await office('POST', `/${id}/close`)).state, 'closed');
  assert.equal((await budi.send('POST', `/${id}/replies`, { body: 'Masih merah.' })).statusCode, 201);
  const again = await office('GET', `/${id}`);
  assert.deepEqual([again.state, again.closed_at, again.replies.length], ['open', null, 3]);
  const log = await nadi.request({ url: `/api/audit-logs?subject_id=${id}` });
  const actions = log.json().data.map(({ action }: { action: string }) => action);
  assert.deepEqual(actions.sort(), ['ticket.closed', 'ticket.opened', 'ticket.replied', 'ticket.replied']);
  assert.ok(!log.body.includes('Masih merah'));
});

test('a ticket is given to a user, and to nobody; who may not write may not', async () => {
  const { id } = await (await customer()).open();
  const assign = (assigned_to: string | null) =>
    nadi.request({ method: 'PUT', url: `/api/tickets/${id}`, body: { assigned_to } });
  assert.equal((await assign(nadi.userIds.operator)).json().assigned_to, nadi.userIds.operator);
  assert.equal((await assign('00000000-0000-7000-8000-000000000000')).statusCode, 422);
  assert.equal((await assign(null)).json().assigned_to, null);
  const refused = await nadi.request({ as: 'viewer', method: 'POST', url: `/api/tickets/${id}/close` });
  assert.equal(refused.statusCode, 403);
});

test('files are what their bytes say, are downloaded and never shown, under a harmless name', async () => {
  const budi = await customer();
  const pdf = Buffer.from('%PDF-1.7\n<script>alert(1)</script>').toString('base64');
  const ticket = await budi.open({
    attachments: [
      { filename: '../..\\évil"\r\nx.html', content: pdf },
      { filename: 'foto.jpg', content: onePixel },
    ],
  });
  const files = ticket.replies[0]?.attachments ?? [];
  assert.deepEqual(
    files.map(({ type }) => type),
    ['application/pdf', 'image/png'],
  );
  for (const [index, file] of files.entries()) {
    const answer = await budi.send('GET', `/${ticket.id}/attachments/${file.id}`);
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['content-type'], file.type);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.match(String(answer.headers['content-security-policy']), /default-src 'none'/);
    const name =
      index === 0 ? /^attachment; filename="[A-Za-z0-9._-]+\.pdf"$/ : /^attachment; filename="foto\.png"$/;
    assert.match(String(answer.headers['content-disposition']), name);
    const staff = await nadi.request({ url: `/api/tickets/${ticket.id}/attachments/${file.id}` });
    assert.deepEqual(staff.rawPayload, answer.rawPayload);
  }
  const other = await budi.open();
  const misplaced = await budi.send('GET', `/${other.id}/attachments/${files[0]?.id}`);
  assert.equal(misplaced.statusCode, 404);
});

test('other files, broken pictures and too many bytes are refused, by the file', async () => {
  const budi = await customer();
  const sent = async (...contents: Buffer[]) =>
    budi.send('POST', '', {
      subject: 'a',
      body: 'b',
      attachments: contents.map((bytes) => ({ filename: 'x.png', content: bytes.toString('base64') })),
    });
  const pixel = Buffer.from(onePixel, 'base64');
  for (const bytes of [
    Buffer.from('<svg onload="alert(1)"/>'),
    Buffer.from('GIF89a'),
    Buffer.from('MZ'),
    Buffer.from(' %PDF-'),
    pixel.subarray(0, 12),
    Buffer.from([0xff, 0xd8, 0xff]),
  ]) {
    const answer = await sent(pixel, bytes);
    assert.equal(answer.statusCode, 422, bytes.toString('latin1'));
    assert.ok(answer.json().errors['attachments.1.content']);
  }
  const large = Buffer.alloc(360 * 1024, 0x20);
  large.write('%PDF-');
  const refused = await sent(large, large);
  assert.ok(refused.json().errors.attachments, refused.body);
  const largest = Buffer.alloc(700 * 1024, 0x20);
  largest.write('%PDF-');
  assert.equal((await sent(largest)).statusCode, 201, 'all of it fits a request');
  assert.equal((await sent(pixel, pixel, pixel, pixel)).statusCode, 422);
});

test('ten tickets may be open, though more are opened at once; a ticket holds two hundred replies', async () => {
  const budi = await customer();
  const answers = await Promise.all(
    Array.from({ length: 14 }, (_, n) => budi.send('POST', '', { subject: `${n}`, body: 'b' })),
  );
  const made = answers.filter(({ statusCode }) => statusCode === 201);
  assert.equal(made.length, 10);
  assert.ok(answers.every(({ statusCode }) => statusCode === 201 || statusCode === 409));
  const id = String(made[0]?.json().id);
  await nadi.kit.pool.query(
    `insert into ticket_replies (id, ticket_id, by, body, created_at)
     select gen_random_uuid(), $1, 'customer', 'x', $2 from generate_series(1, 198)`,
    [id, nadi.clock.now().toString()],
  );
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => budi.send('POST', `/${id}/replies`, { body: 'b' })),
  );
  assert.equal(replies.filter(({ statusCode }) => statusCode === 201).length, 1);
  assert.ok(replies.some((answer) => answer.json().code === 'ticket_full'));
});
