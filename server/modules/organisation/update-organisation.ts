import { instantText, localDate } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import type { OrganisationHooks } from './hooks.ts';
import {
  type OrganisationRow,
  postgresKnowsTimeZone,
  readOrganisation,
  updateOrganisationRow,
} from './queries.ts';

/**
 * Changes the given settings. A new time zone counts from the next run on; dates already given stay. Late fees that are
 * switched on count from today.
 */
export async function updateOrganisation(
  kit: Kit,
  hooks: OrganisationHooks,
  author: Author,
  values: { [K in Exclude<keyof OrganisationRow, 'id'>]?: OrganisationRow[K] | undefined },
): Promise<OrganisationRow> {
  const { timezone } = values;
  if (timezone !== undefined && !(await postgresKnowsTimeZone(kit.db, timezone))) {
    throw fieldError('timezone', {
      en: 'This time zone is not known. Use a name such as Asia/Jakarta.',
      id: 'Zona waktu ini tidak dikenal. Gunakan nama seperti Asia/Jakarta.',
    });
  }
  return inTransaction(kit.db, async (tx) => {
    const before = await readOrganisation(tx);
    const at = instantText(kit.clock.now());
    const { late_fee_kind: kind = before.late_fee_kind, timezone: zone = before.timezone } = values;
    const isSwitchedOn = before.late_fee_kind === 'none' && kind !== 'none';
    const after = await updateOrganisationRow(tx, {
      ...values,
      ...(isSwitchedOn ? { late_fee_since: localDate(kit.clock.now(), zone).toString() } : {}),
      updated_at: at,
    });
    await hooks.afterUpdated(tx, before, after, at);
    await recordChanges(tx, kit.clock, author, [
      { action: 'organisation.updated', subjectType: 'organisation', subjectId: null, before, after },
    ]);
    return after;
  });
}
