import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { formatKey, hashKey, hintOf, makeKey } from '#license-token';
import { recordChanges } from '../audit/index.ts';
import { type LicenseRow, updateLicenseRow } from './license-queries.ts';

/**
 * Draws a new key for a license that the caller holds, to be shown this once. Who used the key before is asked for the new one; what is
 * paired goes on by its token and secret.
 */
export async function drawKey(
  kit: Kit,
  tx: Tx,
  author: Author,
  { id, key_hint: before }: LicenseRow,
): Promise<{ readonly license_key: string; readonly key_hint: string }> {
  const key = makeKey();
  const hint = hintOf(key);
  await updateLicenseRow(tx, id, {
    key_hash: hashKey(key),
    key_hint: hint,
    updated_at: instantText(kit.clock.now()),
  });
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'license.key_drawn',
      subjectType: 'license',
      subjectId: id,
      before: { key_hint: before },
      after: { key_hint: hint },
    },
  ]);
  return { license_key: formatKey(key), key_hint: hint };
}
