import { createHash } from 'node:crypto';
import { inTransaction } from '#kit/db.ts';
import { newId } from '#kit/ids.ts';
import { signaturesOf } from '#release-metadata';
import { addTarget, askDirector, exportSigning } from '../../server/modules/trust/index.ts';
import type { TestApp } from '../support/test-app.ts';
import { standInTarget } from '../support/whole-edition.ts';
import { newSet, setUp } from '../vendor/signers.ts';
import type { Prepare } from './prepare.ts';

/** Fields of trust by name. */
export const trustValues = { keyid: 'a'.repeat(64), sig: 'a'.repeat(128) };

const sets = new WeakMap<TestApp, Promise<ReturnType<typeof newSet>>>();

/** The offline keys of the app, which is given them once. */
function keysOf(nadi: TestApp) {
  const made = sets.get(nadi) ?? makeKeys(nadi);
  sets.set(nadi, made);
  return made;
}

const hooks = { readTarget: async () => undefined, afterSigned: async () => {} };
const hash = createHash('sha256').update(standInTarget).digest('hex');
const target = {
  path: 'releases/0.0.1/manifest.json',
  sha256: hash,
  length: standInTarget.length,
  custom: {},
};

async function makeKeys(nadi: TestApp) {
  const set = newSet();
  const { kit } = nadi;
  await setUp(kit, hooks, set, (tx) => addTarget(kit, tx, target));
  return set;
}

/** What endpoints of trust need done before. */
export const trustPreparations: Readonly<Record<string, Prepare>> = {
  importSignatures: async ({ ids }, nadi) => {
    const set = await keysOf(nadi);
    const subject = newId(nadi.kit.clock);
    await inTransaction(nadi.kit.db, (tx) =>
      askDirector(nadi.kit, tx, 'directive', subject, { suspended: true, for: ids.customer ?? '' }),
    );
    const { documents } = await exportSigning(nadi.kit.db, { after: undefined, most: 500 });
    const asked = documents.find(({ signed }) => signed.subject === subject);
    if (asked === undefined) throw new Error('What was asked of the director does not wait.');
    const signatures = signaturesOf(asked.signed, set.director);
    return [
      {
        body: {
          metadata: [{ role: 'root', version: 1, signatures: [{ keyid: hash, sig: 'a'.repeat(128) }] }],
          documents: [{ id: asked.id, signatures }],
        },
      },
    ];
  },
  showUpdateMetadata: async (_world, nadi) => {
    await keysOf(nadi);
    return [{ params: { file: 'timestamp.json' } }];
  },
  showUpdateTarget: async (_world, nadi) => {
    await keysOf(nadi);
    return [{ params: { version: '0.0.1', file: `${hash}.manifest.json` } }];
  },
};
