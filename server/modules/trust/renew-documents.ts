import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import type { Job, JobRequest } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { type Document, type SigningKey, signaturesOf } from '#release-metadata';
import {
  type DocumentRow,
  directivesEnding,
  documentsToRenew,
  lockDocuments,
  rewriteDocuments,
} from './document-queries.ts';
import { askDirectorAll, documentDays, envelopeOf, versionAfter } from './documents.ts';
import { currentOnlineKey, forgetCurrentKey } from './online-keys.ts';

/** They last for thirty days: so a server that stood still for a week has lost nothing. */
const renewDays = 10;
const atOnce = 1000;

/** Signs anew what the online key of before has signed. */
export const renewDocumentsJob: JobRequest = {
  name: 'trust.renew_documents',
  payload: {},
  key: 'trust.renew_documents',
};

/** Keeps what the online key says to installations from ending, and has the current key say it. */
export function renewDocuments(kit: Kit): Job {
  return {
    name: renewDocumentsJob.name,
    payload: z.object({}).loose(),
    cron: '41 18 * * *',
    async run() {
      // Another node may have had it take its turn.
      forgetCurrentKey(kit);
      for (let after: string | undefined, full = true; full; ) {
        const done = await inTransaction(kit.db, (tx) => renewSome(kit, tx, after));
        full = done.length === atOnce;
        after = done.at(-1)?.id;
      }
    },
  };
}

/** In their place: what they say stays, and nobody is told something new. */
async function renewSome(kit: Kit, tx: Tx, after: string | undefined): Promise<readonly DocumentRow[]> {
  await lockDocuments(tx);
  const key = await currentOnlineKey(kit, tx);
  const now = kit.clock.now();
  const until = instantText(now.add({ hours: 24 * renewDays }));
  const rows = await documentsToRenew(tx, { keyId: key.kid, until, after, most: atOnce });
  await rewriteDocuments(
    tx,
    rows.map((row) => signedAnew(row, key, now)),
    instantText(now),
  );
  return rows;
}

function signedAnew(row: DocumentRow, key: SigningKey, now: Temporal.Instant) {
  const expires = now.add({ hours: 24 * documentDays.online }).toString({ smallestUnit: 'second' });
  // Of what lies in the database only what it says: whoever can write there must not have our key sign metadata.
  const signed: Document = {
    _type: row.kind,
    spec_version: '1.0.0',
    subject: row.subject,
    version: versionAfter(Number(row.version), now),
    issued_at: now.toString({ smallestUnit: 'second' }),
    expires,
    body: envelopeOf(row).signed.body,
  };
  return {
    id: row.id,
    version: signed.version,
    body: JSON.stringify(signed),
    signatures: signaturesOf(signed, [key]),
    expires_at: expires,
  };
}

/** Puts directives that end before `until` to the director again, where nothing newer waits. */
export async function renewDirectives(kit: Kit, tx: Tx, until: Temporal.Instant): Promise<void> {
  await lockDocuments(tx);
  const rows = await directivesEnding(tx, instantText(until));
  for (const [kind, same] of Map.groupBy(rows, (row) => row.kind)) {
    const told = same.map((row) => ({ subject: row.subject, payload: envelopeOf(row).signed.body }));
    await askDirectorAll(kit, tx, kind, told);
  }
}
