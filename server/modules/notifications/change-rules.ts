import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { checkQuiet } from './change-setting.ts';
import { presentRules } from './present.ts';
import { type RulesRow, readRules, updateRulesRow } from './rules-queries.ts';

/** @throws {AppError} validation_failed */
export function updateRules(
  kit: Kit,
  author: Author,
  values: { readonly [K in Exclude<keyof RulesRow, 'id'>]?: RulesRow[K] | undefined },
): Promise<RulesRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await readRules(tx);
    const { quiet_from: from = before.quiet_from, quiet_to: to = before.quiet_to } = values;
    checkQuiet(from, to);
    const after = await updateRulesRow(tx, { ...values, updated_at: instantText(kit.clock.now()) });
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'notification_rules.updated',
        subjectType: 'notification_rules',
        subjectId: null,
        before: presentRules(before),
        after: presentRules(after),
      },
    ]);
    return after;
  });
}
