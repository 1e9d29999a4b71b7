import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DocumentError,
  type DocumentFault,
  makeKey,
  roleOfDocuments,
  type SigningKey,
  signaturesOf,
  verifyDocument,
} from '#release-metadata';
import { Installation, now, Repository } from './repository.ts';

const subject = '0199a000-0000-7000-8000-000000000001';
const expected = { type: 'directive', subject, seen: 0, now };

function signedBy(keys: readonly SigningKey[], change: object = {}) {
  const signed = {
    _type: 'directive',
    spec_version: '1.0.0',
    subject,
    version: 7,
    issued_at: '2026-01-14T00:00:00Z',
    expires: '2026-02-14T00:00:00Z',
    body: { disabled: true, reason: 'Belum bayar\n“Januari”' },
    ...change,
  };
  return JSON.parse(JSON.stringify({ signed, signatures: signaturesOf(signed, keys) }));
}

const fault = (wanted: DocumentFault) => (error: unknown) =>
  error instanceof DocumentError && error.fault === wanted;

test('a document is believed if the role that trusted targets delegate to has signed it, for this installation, now', async () => {
  await using repository = await Repository.start();
  await using installation = await Installation.of(repository);
  const client = installation.client();
  await client.refresh();
  const { targets } = client.trusted();
  const director = roleOfDocuments(targets, 'director');
  const { keys } = repository.keys.director;
  assert.deepEqual(verifyDocument(signedBy(keys), director, expected).body.disabled, true);
  // The same one again is no step back.
  verifyDocument(signedBy(keys), director, { ...expected, seen: 7 });

  const refused: [unknown, DocumentFault, object?][] = [
    [signedBy(keys.slice(0, 1)), 'unsigned'],
    [signedBy([keys[0], keys[0]].flatMap((key) => key ?? [])), 'unsigned'],
    [signedBy([makeKey(), makeKey()]), 'unsigned'],
    [signedBy(repository.keys.online.keys), 'unsigned'],
    [{ ...signedBy(keys), signed: { ...signedBy(keys).signed, body: { disabled: false } } }, 'unsigned'],
    [{ ...signedBy(keys), signed: { ...signedBy(keys).signed, version: 8 } }, 'unsigned'],
    [{ ...signedBy(keys), signed: { ...signedBy(keys).signed, body: { n: 1.5 } } }, 'unsigned'],
    [signedBy(keys), 'older', { seen: 8 }],
    [signedBy(keys), 'other_subject', { subject: 'another' }],
    [signedBy(keys), 'other_type', { type: 'message' }],
    [signedBy(keys), 'expired', { now: Temporal.Instant.from('2026-02-14T00:00:00Z') }],
    [signedBy(keys, { version: 0 }), 'malformed'],
    [signedBy(keys, { expires: 'never' }), 'malformed'],
    [signedBy(keys, { more: 1 }), 'malformed'],
    [{ signed: signedBy(keys).signed }, 'malformed'],
    [null, 'malformed'],
    ['', 'malformed'],
  ];
  for (const [envelope, why, other] of refused) {
    assert.throws(() => verifyDocument(envelope, director, { ...expected, ...other }), fault(why), why);
  }
  // What the online role may sign is no directive.
  const online = roleOfDocuments(targets, 'online');
  verifyDocument(signedBy(repository.keys.online.keys, { _type: 'message' }), online, {
    ...expected,
    type: 'message',
  });
  // A role that targets do not list has no keys.
  const none = roleOfDocuments({ ...targets, delegations: { keys: {}, roles: [] } }, 'director');
  assert.throws(() => verifyDocument(signedBy(keys), none, expected), fault('unsigned'));
});
