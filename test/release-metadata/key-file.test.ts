import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalBytes,
  canSign,
  isSignedBy,
  KeyFileError,
  makeKey,
  makeKeyFile,
  openKeyFile,
  publicHalfOf,
  readKeyFile,
  signaturesOf,
  signersOf,
  withSignatures,
} from '#release-metadata';

const passphrase = 'empat kata yang mudah';
const cheap = 2 ** 4;

test('a key file is opened with its passphrase, and says without it whose it is', () => {
  const made = makeKeyFile('root', passphrase, cheap);
  assert.deepEqual(readKeyFile(made.text), { role: 'root', id: made.id, publicKey: made.publicKey });
  const key = openKeyFile(made.text, passphrase);
  assert.equal(key.id, made.id);
  const envelope = { signed: { a: 1 }, signatures: signaturesOf({ a: 1 }, [key]) };
  assert.ok(isSignedBy(envelope, { keys: [made.publicKey], threshold: 1 }));
  assert.ok(!made.text.includes('"d"'));
});

test('the usual cost makes each guess slow', () => {
  const { text } = makeKeyFile('director', passphrase);
  assert.equal(JSON.parse(text).secret.cost, 131_072);
  assert.equal(openKeyFile(text, passphrase).role, 'director');
});

test('a wrong passphrase, and a file that was torn or changed in any place, are told apart from success', () => {
  const { text } = makeKeyFile('targets', passphrase, cheap);
  assert.throws(() => openKeyFile(text, 'empat kata yang salah'), KeyFileError);
  assert.throws(() => makeKeyFile('targets', 'pendek'), KeyFileError);
  for (let end = 0; end < text.length - 2; end += 7) {
    assert.throws(() => openKeyFile(text.slice(0, end), passphrase), KeyFileError, `cut at ${end}`);
  }
  const file = JSON.parse(text);
  const other = readKeyFile(makeKeyFile('targets', passphrase, cheap).text);
  const changed = [
    { ...file, role: 'root' },
    { ...file, keyid: 'a'.repeat(64) },
    { ...file, keyid: other.id, public: other.publicKey },
    { ...file, more: 1 },
    { ...file, secret: { ...file.secret, cost: 2 ** 40 } },
    { ...file, secret: { ...file.secret, cost: 17 } },
    { ...file, secret: { ...file.secret, sealed: 'AAAA' } },
    { ...file, secret: { ...file.secret, nonce: 'A' } },
    [],
    null,
  ];
  for (const item of changed) {
    assert.throws(() => openKeyFile(JSON.stringify(item), passphrase), KeyFileError, JSON.stringify(item));
  }
});

test('several people sign the same bytes, and nobody counts twice', () => {
  const [one, two, three] = [makeKey(), makeKey(), makeKey()];
  const signed = { text: 'rilis “1.2”\n', version: 3, list: [true, null] };
  const role = { keys: [one, two].map((key) => key.publicKey), threshold: 2 };
  let envelope = withSignatures({ signed, signatures: [] }, signaturesOf(signed, [one]));
  assert.ok(!isSignedBy(envelope, role));
  // Twice the same key, a key of nobody's, and a signature under another's id.
  envelope = withSignatures(envelope, signaturesOf(signed, [one, three]));
  const [right] = signaturesOf(signed, [one]);
  assert.ok(right);
  const forged = { ...envelope, signatures: [...envelope.signatures, right, { ...right, keyid: two.id }] };
  assert.deepEqual(signersOf(forged, role), [one.id]);
  assert.ok(!isSignedBy(forged, role));
  // A key that is listed twice is one key.
  assert.ok(!isSignedBy(envelope, { keys: [one.publicKey, one.publicKey], threshold: 2 }));
  assert.ok(!isSignedBy(envelope, { keys: [], threshold: 0 }));
  envelope = withSignatures(envelope, signaturesOf(signed, [two]));
  assert.ok(isSignedBy(envelope, role));
  assert.ok(isSignedBy({ ...envelope, signed: { list: [true, null], version: 3, text: signed.text } }, role));
  assert.ok(!isSignedBy({ ...envelope, signed: { ...signed, version: 4 } }, role));
});

test('nothing is signed that two readers could take differently', () => {
  for (const value of [
    1.5,
    2 ** 53,
    Number.NaN,
    'half \ud800',
    { '\udc00': 1 },
    undefined,
    { a: undefined },
    1n,
  ]) {
    assert.throws(() => canonicalBytes(value), TypeError);
  }
  let deep: unknown = 1;
  for (let level = 0; level < 10_000; level += 1) deep = [deep];
  assert.throws(() => canonicalBytes(deep), TypeError);
  assert.equal(canonicalBytes({ b: 'é"\\', a: [1, -2] }).toString(), '{"a":[1,-2],"b":"é\\"\\\\"}');
});

test('the public half tells the same of the key, and signs nothing', () => {
  const made = makeKeyFile('root', passphrase, cheap);
  const half = publicHalfOf(made);
  assert.deepEqual(readKeyFile(half), readKeyFile(made.text));
  assert.deepEqual([canSign(made.text), canSign(half)], [true, false]);
  assert.throws(() => openKeyFile(half, passphrase), KeyFileError);
  const another = makeKeyFile('root', passphrase, cheap);
  assert.throws(() => readKeyFile(half.replace(made.id, another.id)), KeyFileError);
});
