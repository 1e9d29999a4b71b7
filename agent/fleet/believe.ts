import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import {
  type Document,
  DocumentError,
  type DocumentRole,
  roleOfDocuments,
  type TargetsMetadata,
  verifyDocument,
} from '#release-metadata';
import type { Clock } from '../clock.ts';
import { recall, remember } from '../state/memory.ts';
import type { Directives, SignedDocument } from './heartbeat.ts';

export interface Believing {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  /** The installation that documents must be for. */
  readonly subject: string;
  /** Trusted, under the root that is pinned; undefined where they cannot be had now, and nothing new can be judged. */
  readonly targets: TargetsMetadata | undefined;
}

const directives = z.object({
  disabled: z.boolean().default(false),
  force_update_version: z.string().max(100).nullish(),
});
const message = z.object({ server_message: z.string().max(10_000).nullish() });
const kept = z.object({ version: z.number(), expires: z.string(), body: z.record(z.string(), z.unknown()) });

/**
 * What counts of the documents: what switches off or forces code with the director's signature alone, a message with the server's (decisions.md,
 * License wire). What was believed counts until a newer one comes or it expires, so withholding one takes nothing back. What is
 * not believed changes nothing.
 */
export function believe(believing: Believing, documents: readonly SignedDocument[]): Directives {
  const told = newestOf(believing, documents, 'director', 'directives');
  const said = newestOf(believing, documents, 'online', 'messages');
  const directive = directives.safeParse(told ?? {}).data;
  return {
    disabled: directive?.disabled ?? false,
    forceVersion: directive?.force_update_version ?? undefined,
    message: message.safeParse(said ?? {}).data?.server_message ?? undefined,
  };
}

function newestOf(
  { db, clock, subject, targets }: Believing,
  documents: readonly SignedDocument[],
  role: DocumentRole,
  kind: string,
): Document['body'] | undefined {
  const name = `document ${role} ${kind} ${subject}`;
  const now = clock.now();
  let known = recall(db, name, kept);
  const told = documents.filter((each) => each.role === role && each.kind === kind);
  const by = targets && roleOfDocuments(targets, role);
  for (const { envelope } of told) {
    if (by === undefined) break;
    try {
      const seen = known?.version ?? 0;
      const document = verifyDocument(envelope, by, { type: kind, subject, seen, now });
      known = { version: document.version, expires: document.expires, body: { ...document.body } };
      remember(db, clock, name, known);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
    }
  }
  const isOver =
    known !== undefined && Temporal.Instant.compare(Temporal.Instant.from(known.expires), now) <= 0;
  return isOver ? undefined : known?.body;
}
