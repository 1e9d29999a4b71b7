import type { z } from 'zod';
import type { signingRequestSchema, trustSchema } from '#contract';
import type { Db } from '#kit/db.ts';
import { countWaiting, waitingDocuments } from './document-queries.ts';
import { readOnlineKeys } from './key-queries.ts';
import { presentSigning, presentTrust } from './present.ts';
import { readTrust } from './state.ts';

/** What is trusted now, and what waits. */
export async function showTrust(db: Db): Promise<z.input<typeof trustSchema>> {
  return presentTrust(await readTrust(db), await readOnlineKeys(db), await countWaiting(db));
}

/** What waits for offline keys: metadata, and documents in parts. Behind `after` there are documents alone. */
export async function exportSigning(
  db: Db,
  { after, most }: { readonly after: string | undefined; readonly most: number },
): Promise<z.input<typeof signingRequestSchema>> {
  const trust = await readTrust(db);
  const documents = await waitingDocuments(db, after, most);
  const nextAfter = documents.length < most ? null : (documents.at(-1)?.id ?? null);
  const part = after === undefined ? trust : { ...trust, nextRoot: undefined, pending: [] };
  return presentSigning(part, documents, nextAfter);
}
