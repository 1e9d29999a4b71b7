import { AppError, fieldError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { organisationToday } from '../organisation/index.ts';
import { findSubscription } from '../subscriptions/index.ts';
import { isOwn, usageOf } from './day-queries.ts';
import type { UsageHooks } from './hooks.ts';
import { presentUsage } from './present.ts';

const usualDays = 31;
const mostDays = 366;

/** What a subscription, of any customer or of one, used by local day, with the sum. @throws {AppError} not_found, validation_failed */
export async function showUsage(
  kit: Kit,
  hooks: UsageHooks,
  { id, customerId }: { id: string; customerId?: string },
  asked: { from?: string | undefined; to?: string | undefined },
) {
  const known =
    customerId === undefined
      ? (await findSubscription(kit.db, id)) !== undefined
      : await isOwn(kit.db, customerId, id);
  if (!known) throw new AppError('not_found');
  const to = Temporal.PlainDate.from(asked.to ?? (await organisationToday(kit, kit.db)));
  const from =
    asked.from === undefined ? to.subtract({ days: usualDays - 1 }) : Temporal.PlainDate.from(asked.from);
  const length = from.until(to).days + 1;
  if (length < 1 || length > mostDays) {
    throw fieldError('from', {
      en: `Choose 1 to ${mostDays} days.`,
      id: `Pilih 1 sampai ${mostDays} hari.`,
    });
  }
  const span = { from: from.toString(), until: to.toString() };
  const days = (await usageOf(kit.db, id, hooks.uncountedOf(id), span)).map(presentUsage);
  return {
    from: span.from,
    to: span.until,
    bytes_in: days.reduce((sum, day) => sum + day.bytes_in, 0),
    bytes_out: days.reduce((sum, day) => sum + day.bytes_out, 0),
    days,
  };
}
