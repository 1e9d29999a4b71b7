import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { type AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findPackage, type PackageRow } from '../catalog/index.ts';
import { lockCustomer } from '../customers/index.ts';
import { organisationToday } from '../organisation/index.ts';
import type { SubscriptionHooks } from './hooks.ts';
import { newRouterPassword } from './password.ts';
import { presentSubscription } from './present.ts';
import {
  findSubscription,
  insertSubscriptions,
  type NewSubscription,
  runHookStatements,
  type SubscriptionWithRelations,
} from './queries.ts';
import { anchorDay, datesFault, serviceOf } from './rules.ts';

export interface SubscriptionInput {
  readonly customer_id: string;
  readonly package_id: string;
  readonly mikrotik_username?: string | undefined;
  readonly mikrotik_password?: string | undefined;
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly trial_days?: number | undefined;
  readonly auto_renew?: boolean | undefined;
  readonly local_address?: string | null | undefined;
  readonly remote_address?: string | null | undefined;
  readonly profile?: string | null | undefined;
  readonly ipv6_prefix?: string | null | undefined;
  readonly delegated_ipv6_prefix?: string | null | undefined;
  readonly comment?: string | null | undefined;
}

/** Subscribes a customer to a package from `start_date` (today), paid until `end_date` (the start), or with a trial. */
export async function createSubscription(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  input: SubscriptionInput,
): Promise<SubscriptionWithRelations> {
  try {
    return await inTransaction(kit.db, async (tx) => {
      const customer = await lockCustomer(tx, input.customer_id);
      if (!customer || customer.anonymised_at !== null) {
        throw fieldError('customer_id', { en: 'There is no such customer.', id: 'Pelanggan ini tidak ada.' });
      }
      const pack = await activePackage(tx, input.package_id);
      const row = newSubscription(kit, input, pack, await organisationToday(kit, tx));
      await addSubscriptions(kit, tx, hooks, author, [row]);
      const added = await findSubscription(tx, row.id);
      if (!added) throw new Error('The subscription was not inserted.');
      await recordChanges(tx, kit.clock, author, [
        {
          action: 'subscription.created',
          subjectType: 'subscription',
          subjectId: row.id,
          after: withoutRelations(added),
        },
      ]);
      return added;
    });
  } catch (error) {
    throw usernameTaken(error) ?? error;
  }
}

/** Adds a set of new subscriptions with their router accounts, and tells the modules to the right. */
export async function addSubscriptions(
  kit: Kit,
  tx: Tx,
  hooks: SubscriptionHooks,
  author: Author,
  rows: readonly NewSubscription[],
): Promise<void> {
  const at = instantText(kit.clock.now());
  await insertSubscriptions(tx, rows, at);
  await runHookStatements(
    tx,
    rows.map((row) => row.id),
    (touched) =>
      hooks.onChanged({
        kind: 'created',
        touched,
        message: `Subscribed by ${author.name}`,
        runId: null,
        author,
        at,
      }),
  );
  await hooks.afterStarted(tx);
}

/** @throws {AppError} validation_failed unless the package exists and is sold. */
export async function activePackage(tx: Tx, id: string): Promise<PackageRow> {
  const found = await findPackage(tx, id);
  if (!found?.is_active) {
    throw fieldError('package_id', {
      en: found ? 'This package is no longer sold.' : 'There is no such package.',
      id: found ? 'Paket ini sudah tidak dijual.' : 'Paket ini tidak ada.',
    });
  }
  return found;
}

/**
 * The row of a new subscription, with what was not given: it starts today, and nothing of it is paid.
 * @throws {AppError} validation_failed naming `end_date` or `mikrotik_username`
 */
export function newSubscription(
  kit: Kit,
  input: SubscriptionInput,
  pack: PackageRow,
  today: string,
): NewSubscription {
  const start =
    input.start_date ?? (input.end_date !== undefined && input.end_date < today ? input.end_date : today);
  const trialEnd = trialEndOf(input, start);
  const end = input.end_date ?? trialEnd ?? start;
  refuseDates(start, end, today);
  const service = serviceOf(pack.type);
  const username = input.mikrotik_username ?? null;
  if (service !== undefined && username === null) {
    throw fieldError('mikrotik_username', {
      en: `A ${pack.type} package needs a username for the router.`,
      id: `Paket ${pack.type} perlu username untuk router.`,
    });
  }
  return {
    id: newId(kit.clock),
    customer_id: input.customer_id,
    package_id: pack.id,
    mikrotik_username: username,
    mikrotik_password: username === null ? null : (input.mikrotik_password ?? newRouterPassword()),
    service: service ?? 'any',
    start_date: start,
    end_date: end,
    trial_ends_on: trialEnd,
    anchor_day: anchorDay(start, end),
    auto_renew: input.auto_renew ?? true,
    local_address: input.local_address ?? null,
    remote_address: input.remote_address ?? null,
    profile: input.profile ?? null,
    ipv6_prefix: input.ipv6_prefix ?? null,
    delegated_ipv6_prefix: input.delegated_ipv6_prefix ?? null,
    comment: input.comment ?? null,
  };
}

/** The first day after the trial. @throws {AppError} validation_failed where paid time is given too */
function trialEndOf(
  { trial_days: days = 0, end_date: end }: SubscriptionInput,
  start: string,
): string | null {
  if (days === 0) return null;
  if (end !== undefined) {
    throw fieldError('trial_days', {
      en: 'Give end_date or trial_days, not both.',
      id: 'Isi end_date atau trial_days, jangan keduanya.',
    });
  }
  return Temporal.PlainDate.from(start).add({ days }).toString();
}

function refuseDates(start: string, end: string, today: string): void {
  const fault = datesFault(start, end, today);
  if (fault === 'end_before_start') {
    throw fieldError('end_date', {
      en: 'end_date is the first unpaid day; it cannot come before start_date.',
      id: 'end_date adalah hari pertama yang belum dibayar; tidak boleh sebelum start_date.',
    });
  }
  if (fault === 'end_too_old') {
    throw fieldError('end_date', {
      en: 'end_date is more than a year ago; every period since would be invoiced. Check the year.',
      id: 'end_date lebih dari setahun lalu; semua periode sejak itu akan ditagih. Periksa tahunnya.',
    });
  }
}

/** The refusal for a username in use, if that is what the error is. */
export function usernameTaken(error: unknown): AppError | undefined {
  const constraint = violatedConstraint(error);
  if (
    constraint !== 'subscriptions_mikrotik_username_unique' &&
    constraint !== 'mikrotik_secrets_username_unique'
  ) {
    return undefined;
  }
  return fieldError('mikrotik_username', {
    en: 'This username is in use. Usernames are unique across all routers.',
    id: 'Username ini sudah dipakai. Username harus unik di semua router.',
  });
}

/** The row as the audit log keeps it. */
export function withoutRelations(row: SubscriptionWithRelations): object {
  const { package: _, customer: __, ...own } = presentSubscription(row);
  return own;
}
