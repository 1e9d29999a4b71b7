import { type Clock, instantText } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { insertAuditRows } from './queries.ts';

export interface Change {
  /** `<subject>.<verb>`, like `customer.updated`. */
  readonly action: string;
  readonly subjectType: string;
  readonly subjectId: string | null;
  /** The values before; only those that differ from `after` are kept. */
  readonly before?: object;
  readonly after?: object;
}

/** Fields that must not be copied into a log, and those that say nothing. */
const left = new Set([
  'password',
  'mikrotik_password',
  'token',
  'totp_secret',
  'updated_at',
  'created_at',
  'search_text',
]);

/** Writes what a person changed, in the transaction of the change. Nothing is written where nothing differs. */
export async function recordChanges(
  db: Db,
  clock: Clock,
  author: Author,
  changes: readonly Change[],
): Promise<void> {
  const rows = changes.flatMap((change) => {
    const [before, after] = differences(change.before, change.after);
    if (change.before && change.after && !before && !after) return [];
    return {
      user_id: author.userId ?? null,
      actor: author.name,
      action: change.action,
      subject_type: change.subjectType,
      subject_id: change.subjectId,
      old_values: before,
      new_values: after,
      ip_address: author.ip ?? null,
      user_agent: author.userAgent ?? null,
      request_id: author.requestId ?? null,
    };
  });
  if (rows.length > 0) await insertAuditRows(db, rows, instantText(clock.now()));
}

function differences(before: object | undefined, after: object | undefined): [object | null, object | null] {
  const old = new Map<string, unknown>(Object.entries(before ?? {}));
  const fresh = new Map<string, unknown>(Object.entries(after ?? {}));
  const differs = (key: string) =>
    !left.has(key) && JSON.stringify(old.get(key)) !== JSON.stringify(fresh.get(key));
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].filter(differs);
  const pick = (source: ReadonlyMap<string, unknown>) => {
    const kept = keys.filter((key) => source.has(key)).map((key) => [key, source.get(key)] as const);
    return kept.length === 0 ? null : Object.fromEntries(kept);
  };
  return [pick(old), pick(fresh)];
}
