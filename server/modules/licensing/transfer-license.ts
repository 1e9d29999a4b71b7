import type { Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { changeLicense, requireCustomer } from './change-license.ts';
import { installationsOf } from './installation-queries.ts';
import {
  deleteLicenseRow,
  type LicenseRow,
  lockLicenseOfSubscription,
  paidUntil,
  subscriptionFor,
  updateLicenseRow,
} from './license-queries.ts';

export interface TransferInput {
  readonly customer_id: string;
  /** One of theirs to follow from then on; its own license, if nothing ever ran on that, goes. */
  readonly subscription_id?: string | undefined;
  readonly reason: string;
}

/**
 * Gives a license with its installations to another customer. Without a subscription of theirs it keeps the time that is paid, and the
 * package it had; the subscription it followed stays with the customer before.
 * @throws {AppError} not_found; license_state where the subscription's own license is in use; validation_failed
 */
export async function transferLicense(
  kit: Kit,
  author: Author,
  id: string,
  input: TransferInput,
): Promise<void> {
  await changeLicense(kit, author, id, 'license.transferred', async (tx, before, at) => {
    await requireCustomer(tx, input.customer_id);
    const followed = input.subscription_id;
    const follows =
      followed === undefined
        ? await byHand(tx, before)
        : {
            ...(await following(tx, before, input.customer_id, followed, at)),
            package_id: null,
            valid_until: null,
          };
    await updateLicenseRow(tx, id, { ...follows, customer_id: input.customer_id, updated_at: at });
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'license.transfer_reason',
        subjectType: 'license',
        subjectId: id,
        after: { reason: input.reason },
      },
    ]);
  });
}

const byHand = async (tx: Tx, { package_id, valid_until, subscription_id: left }: LicenseRow) => ({
  subscription_id: null,
  subscribed: 'active',
  package_id,
  valid_until: left === null ? valid_until : await paidUntil(tx, left),
});

async function following(tx: Tx, before: LicenseRow, customerId: string, subscriptionId: string, at: string) {
  const found = await subscriptionFor(tx, subscriptionId);
  if (found === undefined || found.customer_id !== customerId || !found.fits) {
    throw fieldError('subscription_id', {
      en: 'This customer has no such subscription to a license.',
      id: 'Pelanggan ini tidak punya langganan lisensi itu.',
    });
  }
  const own = await lockLicenseOfSubscription(tx, subscriptionId, at);
  if (own !== undefined && own.id !== before.id) {
    if ((await installationsOf(tx, [own.id])).size > 0) throw new AppError('license_state');
    await deleteLicenseRow(tx, own.id);
  }
  return {
    subscription_id: subscriptionId,
    subscribed: found.status === 'active' || found.status === 'suspended' ? found.status : 'expired',
  };
}
