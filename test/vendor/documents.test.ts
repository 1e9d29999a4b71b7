import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DocumentRole, roleOfDocuments, verifyDocument } from '#release-metadata';
import {
  acceptSignatures,
  askDirector,
  askDirectorAll,
  documentsOf,
  exportSigning,
  rotateTrust,
  signOnline,
} from '../../server/modules/trust/index.ts';
import { author, newSet, roleOf, signAll } from './signers.ts';
import { type Vendor, vendorApp } from './vendor-app.ts';

const one = '0199a000-0000-7000-8000-000000000001';
const two = '0199a000-0000-7000-8000-000000000002';

/** What an installation believes of what the server gives it. */
async function believed(vendor: Vendor, subject: string, role: DocumentRole, type: string, seen = 0) {
  const client = (await vendor.installation()).look();
  await client.refresh();
  const given = await documentsOf(vendor.nadi.kit, vendor.nadi.kit.db, [subject]);
  const document = given.get(subject)?.find((item) => item.kind === type);
  if (document === undefined) return undefined;
  const wire = JSON.parse(JSON.stringify(document.envelope));
  const now = vendor.nadi.clock.now();
  return verifyDocument(wire, roleOfDocuments(client.trusted().targets, role), { type, subject, seen, now });
}

test('a message is signed at once, and the next takes its place', async () => {
  await using vendor = await vendorApp();
  const { kit } = vendor.nadi;
  const tell = (text: string) => vendor.tx((tx) => signOnline(kit, tx, 'message', one, { text }));
  await tell('Perawatan “malam ini”\n22.00');
  const first = await believed(vendor, one, 'online', 'message');
  assert.equal(first?.body.text, 'Perawatan “malam ini”\n22.00');
  await Promise.all(['a', 'b', 'c'].map(tell));
  const last = await believed(vendor, one, 'online', 'message', first?.version);
  assert.ok(Number(last?.version) > Number(first?.version));
  assert.equal((await documentsOf(kit, kit.db, [one])).get(one)?.length, 1);
  // Nobody's word for good.
  vendor.nadi.clock.advance({ hours: 24 * 30 });
  await vendor.nadi.drainJobs();
  assert.equal((await documentsOf(kit, kit.db, [one])).size, 0);
});

test('a directive counts when the director has signed it, and what waited for less is replaced', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const { kit } = nadi;
  const ask = (payload: Record<string, unknown>) =>
    vendor.tx((tx) => askDirector(kit, tx, 'directive', one, payload));
  await ask({ suspended: true });
  assert.equal(await believed(vendor, one, 'director', 'directive'), undefined);
  const early = await exportSigning(kit.db, { after: undefined, most: 500 });
  await ask({ disabled: true });
  await ask({ disabled: true, reason: 'dua' });
  const { documents } = await exportSigning(kit.db, { after: undefined, most: 500 });
  assert.equal(documents.length, 1);
  // Signed too late: something newer waits.
  const { signaturesOf } = await import('#release-metadata');
  const late = early.documents.map(({ id, signed }) => ({
    id,
    signatures: signaturesOf(signed, set.director),
  }));
  const passed = await acceptSignatures(kit, author, hooks, { metadata: [], documents: late });
  assert.deepEqual(passed, { live: [], documents_signed: 0, passed_over: 1 });
  await signAll(kit, hooks, { director: set.director.slice(0, 1) });
  const disabled = await believed(vendor, one, 'director', 'directive');
  assert.equal(disabled?.body.reason, 'dua');
  // It holds until the next one is signed.
  await ask({});
  assert.equal((await believed(vendor, one, 'director', 'directive'))?.version, disabled?.version);
  await signAll(kit, hooks, { director: set.director });
  const lifted = await believed(vendor, one, 'director', 'directive', disabled?.version);
  assert.deepEqual(lifted?.body, {});
});

test('many are asked for at once, by several at the same time', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const { kit } = nadi;
  const subjects = Array.from(
    { length: 1200 },
    (_, n) => `0199a000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  );
  const told = (reason: string) =>
    subjects.map((subject) => ({ subject, payload: { disabled: true, reason } }));
  await Promise.all(
    ['a', 'b'].map((reason) => vendor.tx((tx) => askDirectorAll(kit, tx, 'directive', told(reason)))),
  );
  const waiting = [];
  for (let after: string | undefined, more = true; more; ) {
    const part = await exportSigning(kit.db, { after, most: 500 });
    waiting.push(...part.documents);
    more = part.next_after !== null;
    after = part.next_after ?? undefined;
  }
  assert.equal(waiting.length, 1200);
  const { signaturesOf } = await import('#release-metadata');
  const signed = waiting.map((item) => ({
    id: item.id,
    signatures: signaturesOf(item.signed, set.director),
  }));
  const taken = await acceptSignatures(kit, author, hooks, { metadata: [], documents: signed });
  assert.equal(taken.documents_signed, 1200);
  assert.equal((await documentsOf(kit, kit.db, subjects)).size, 1200);
  await assert.rejects(
    vendor.tx((tx) => askDirectorAll(kit, tx, 'directive', [...told('a'), ...told('b')])),
    RangeError,
  );
  await assert.rejects(
    vendor.tx((tx) => askDirector(kit, tx, 'directive', two, { share: 0.5 })),
    TypeError,
  );
});

test('where a director goes, what only they have signed is put to the others again', async () => {
  await using vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const { kit } = nadi;
  const [goes, stays] = set.director;
  assert.ok(goes && stays);
  for (const [subject, key] of [
    [one, goes],
    [two, stays],
  ] as const) {
    await vendor.tx((tx) => askDirector(kit, tx, 'directive', subject, { suspended: true }));
    await signAll(kit, hooks, { director: [key] });
  }
  const next = newSet();
  const director = [stays, ...next.director];
  // It waits for no draft that somebody has yet to publish.
  await vendor.add('1.0.0');
  await rotateTrust(kit, author, { director: roleOf(director, 1) });
  const { live } = await signAll(kit, hooks, set);
  assert.deepEqual(live, ['root', 'targets']);
  await assert.rejects(believed(vendor, one, 'director', 'directive'), /not signed by enough/);
  assert.equal((await believed(vendor, two, 'director', 'directive'))?.body.suspended, true);
  const { documents } = await exportSigning(kit.db, { after: undefined, most: 500 });
  assert.deepEqual(
    documents.map(({ signed }) => signed.subject),
    [one],
  );
  await signAll(kit, hooks, { director: next.director.slice(0, 1) });
  assert.equal((await believed(vendor, one, 'director', 'directive'))?.body.suspended, true);
});
