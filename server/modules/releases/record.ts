import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { presentRelease } from './present.ts';
import type { ReleaseRow } from './queries.ts';

/** Notes who did what to a release. */
export function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  before: ReleaseRow | undefined,
  after: ReleaseRow | undefined,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    {
      action,
      subjectType: 'release',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: presentRelease(before) } : {}),
      ...(after ? { after: presentRelease(after) } : {}),
    },
  ]);
}
