import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Document,
  type Metadata,
  makeKey,
  metadataBytes,
  type RootMetadata,
  roleOfDocuments,
  rootMetadata,
  type SigningKey,
  signaturesOf,
  snapshotMetadata,
  type TargetsMetadata,
  timestampMetadata,
  verifyDocument,
} from '#release-metadata';
import { askDirector, currentOnlineKey, documentsOf } from '../../server/modules/trust/index.ts';
import { signAll } from './signers.ts';
import { type Vendor, vendorApp } from './vendor-app.ts';

const victim = '0199a000-0000-7000-8000-000000000001';
const other = '0199a000-0000-7000-8000-000000000002';

/** A vendor with one release, an installation that knows it, and somebody who has the whole database and the online key. */
async function scene() {
  const vendor = await vendorApp();
  const { nadi, set, hooks } = vendor;
  const path = await vendor.add('1.0.0', 'old and weak');
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(path);
  nadi.clock.advance({ hours: 1 });
  const fixed = await vendor.add('1.0.1', 'fixed');
  await signAll(nadi.kit, hooks, set);
  await vendor.publish(fixed);
  const installation = await vendor.installation();
  await installation.look().refresh();
  const stolen = await currentOnlineKey(nadi.kit, nadi.kit.db);
  return {
    vendor,
    installation,
    stolen,
    path,
    fixed,
    [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose](),
  };
}

/** What of a role is served last. */
async function live<T extends Metadata>({ nadi }: Vendor, role: T['_type']): Promise<T> {
  const { rows } = await nadi.kit.pool.query<{ body: Buffer }>(
    "select body from trust_metadata where role = $1 and state = 'live' order by version desc limit 1",
    [role],
  );
  return JSON.parse(String(rows[0]?.body)).signed;
}

/** Serves metadata, whoever has signed it. */
async function serve({ nadi }: Vendor, signed: Metadata, keys: readonly SigningKey[]): Promise<Buffer> {
  const bytes = metadataBytes({ signed, signatures: signaturesOf(signed, keys) });
  await nadi.kit.pool.query(
    `insert into trust_metadata (role, version, body, state, expires_at, created_at) values ($1, $2, $3, 'live', $4, $4)
     on conflict (role, version) do update set body = excluded.body, state = 'live'`,
    [signed._type, signed.version, bytes, signed.expires],
  );
  return bytes;
}

/** Signs snapshot and timestamp over targets, as the online key can. */
async function point(
  vendor: Vendor,
  stolen: SigningKey,
  targets: { version: number; bytes: Buffer },
): Promise<void> {
  const expires = vendor.nadi.clock.now().add({ hours: 24 * 365 });
  const version = (await live(vendor, 'timestamp')).version + 1000;
  const bytes = await serve(vendor, snapshotMetadata({ version, expires }, targets), [stolen]);
  await serve(vendor, timestampMetadata({ version, expires }, { version, bytes }), [stolen]);
}

test('with the database and the online key nobody can push code', async (t) => {
  const evil = 'releases/6.6.6/manifest.json';
  const evilTarget = { length: 3, hashes: { sha256: 'e'.repeat(64) } };
  const attacks: Record<string, (at: Awaited<ReturnType<typeof scene>>) => Promise<RegExp>> = {
    async 'a file slipped into the listing as it is served'({ vendor }) {
      await vendor.nadi.kit.pool.query(
        `update trust_metadata set body = convert_to(replace(convert_from(body, 'UTF8'), '"releases/1.0.1/', '"releases/6.6.6/'), 'UTF8')
         where role = 'targets' and state = 'live'`,
      );
      return /not among/;
    },
    async 'a listing that only the online key has signed'({ vendor, stolen }) {
      const targets = await live<TargetsMetadata>(vendor, 'targets');
      const next = {
        ...targets,
        version: targets.version + 1,
        targets: { ...targets.targets, [evil]: evilTarget },
      };
      await point(vendor, stolen, { version: next.version, bytes: await serve(vendor, next, [stolen]) });
      return /signed by 0\/2 keys/;
    },
    async 'what waits for signatures, made live without them'({ vendor, stolen }) {
      await vendor.add('6.6.6', 'evil');
      const { rows } = await vendor.nadi.kit.pool.query(
        "update trust_metadata set state = 'live' where state = 'waiting' returning version, body",
      );
      await point(vendor, stolen, { version: rows[0].version, bytes: rows[0].body });
      return /signed by 0\/2 keys/;
    },
    async 'a draft that one of two people has signed'({ vendor, stolen }) {
      await vendor.add('6.6.6', 'evil');
      await signAll(vendor.nadi.kit, vendor.hooks, { targets: vendor.set.targets.slice(0, 1) });
      const { rows } = await vendor.nadi.kit.pool.query(
        "update trust_metadata set state = 'live' where state = 'waiting' returning version, body",
      );
      await point(vendor, stolen, { version: rows[0].version, bytes: rows[0].body });
      return /signed by 1\/2 keys/;
    },
    async 'a root of the thief'({ vendor, stolen }) {
      const root = await live<RootMetadata>(vendor, 'root');
      const own = { keys: [stolen.publicKey], threshold: 1 };
      const expires = vendor.nadi.clock.now().add({ hours: 24 * 365 });
      const next = rootMetadata(
        { version: root.version + 1, expires },
        { root: own, targets: own, online: own },
      );
      await serve(vendor, next, [stolen]);
      return /root was signed by 0\/2 keys/;
    },
    async 'the listing of before the fix'({ vendor, stolen }) {
      const { rows } = await vendor.nadi.kit.pool.query(
        "select version, body from trust_metadata where role = 'targets' and state = 'live' order by version desc limit 1 offset 1",
      );
      await point(vendor, stolen, { version: rows[0].version, bytes: rows[0].body });
      return /less than current version|older than/;
    },
  };
  for (const [name, attack] of Object.entries(attacks)) {
    await t.test(name, async () => {
      await using at = await scene();
      const why = await attack(at);
      await assert.rejects(at.installation.look().download(evil), why);
    });
  }
});

test('with the database and the online key nobody can switch a customer off', async () => {
  await using at = await scene();
  const { vendor, stolen } = at;
  const { nadi, set, hooks } = vendor;
  const { kit } = nadi;
  const ask = async (subject: string, payload: Record<string, unknown>) => {
    nadi.clock.advance({ seconds: 1 });
    await vendor.tx((tx) => askDirector(kit, tx, 'directive', subject, payload));
    await signAll(kit, hooks, { director: set.director });
    return (await documentsOf(kit, kit.db, [subject])).get(subject)?.[0]?.envelope;
  };
  const suspended = await ask(victim, { suspended: true });
  const lifted = await ask(victim, {});
  const others = await ask(other, { disabled: true });
  const client = at.installation.look();
  await client.refresh();
  const director = roleOfDocuments(client.trusted().targets, 'director');
  const seen = Number(lifted?.signed.version);
  const expected = { type: 'directive', subject: victim, seen, now: nadi.clock.now() };
  verifyDocument(lifted, director, expected);
  assert.ok(suspended && others && lifted);
  const forge = (change: Partial<Document>, keys: readonly SigningKey[]) => {
    const signed = { ...lifted.signed, version: seen + 1, body: { disabled: true }, ...change };
    return { signed, signatures: signaturesOf(signed, keys) };
  };
  assert.throws(() => verifyDocument(forge({}, [stolen]), director, expected), /not signed by enough/);
  assert.throws(() => verifyDocument(forge({}, [makeKey()]), director, expected), /not signed by enough/);
  const renamed = {
    ...forge({}, [stolen]),
    signatures: [{ keyid: String(set.director[0]?.id), sig: 'a'.repeat(128) }],
  };
  assert.throws(() => verifyDocument(renamed, director, expected), /not signed by enough/);
  // What the director did sign once: before it was lifted, or for somebody else.
  assert.throws(() => verifyDocument(suspended, director, expected), /older/);
  assert.throws(() => verifyDocument(others, director, expected), /another installation/);
  const retold = { signed: { ...others.signed, subject: victim }, signatures: others.signatures };
  assert.throws(() => verifyDocument(retold, director, expected), /not signed by enough/);
  // A message is no directive, though the online key may sign it.
  assert.throws(
    () => verifyDocument(forge({ _type: 'message' }, [stolen]), director, expected),
    /not signed by enough/,
  );
  // Nor can the thief become a director: that stands in targets, which two people sign.
  const targets = await live<TargetsMetadata>(vendor, 'targets');
  const keys = { ...targets.delegations.keys, [stolen.id]: stolen.publicKey };
  const roles = targets.delegations.roles.map((role) => ({ ...role, keyids: [stolen.id], threshold: 1 }));
  const next = { ...targets, version: targets.version + 1, delegations: { keys, roles } };
  await point(vendor, stolen, { version: next.version, bytes: await serve(vendor, next, [stolen]) });
  await assert.rejects(at.installation.look().refresh(), /signed by 0\/2 keys/);
});
