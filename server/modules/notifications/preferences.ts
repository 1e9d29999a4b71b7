import { instantText } from '#kit/clock.ts';
import { type Db, inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findCustomer, lockCustomer } from '../customers/index.ts';
import { findPreferences, type PreferenceRow, storePreferences } from './preference-queries.ts';
import { presentPreferences } from './present.ts';

export interface PreferencesInput {
  readonly channels?: readonly string[] | null | undefined;
  readonly language?: string | null | undefined;
  readonly muted?: readonly string[] | undefined;
}

/** How a customer wants to be told. @throws {AppError} not_found */
export async function showPreferences(db: Db, customerId: string) {
  if (!(await findCustomer(db, customerId))) throw new AppError('not_found');
  return presentPreferences(await findPreferences(db, customerId));
}

/** Changes what is given. @throws {AppError} not_found, customer_anonymised */
export const setPreferences = (kit: Kit, author: Author, customerId: string, input: PreferencesInput) =>
  inTransaction(kit.db, (tx) => changePreferences(kit, tx, author, customerId, input));

/** {@link setPreferences} as part of the caller's transaction. */
export async function changePreferences(
  kit: Kit,
  tx: Tx,
  author: Author,
  customerId: string,
  input: PreferencesInput,
) {
  const customer = await lockCustomer(tx, customerId);
  if (!customer) throw new AppError('not_found');
  if (customer.anonymised_at !== null) throw new AppError('customer_anonymised');
  const before = await findPreferences(tx, customerId);
  const {
    channels = before?.channels ?? null,
    language = before?.language ?? null,
    muted = before?.muted ?? [],
  } = input;
  const row: PreferenceRow = {
    customer_id: customerId,
    channels: channels === null ? null : [...new Set(channels)],
    language,
    muted: [...new Set(muted)],
    updated_at: instantText(kit.clock.now()),
  };
  const after = presentPreferences(await storePreferences(tx, row));
  await recordChanges(tx, kit.clock, author, [
    {
      action: 'notification_preferences.updated',
      subjectType: 'customer',
      subjectId: customerId,
      before: presentPreferences(before),
      after,
    },
  ]);
  return after;
}
