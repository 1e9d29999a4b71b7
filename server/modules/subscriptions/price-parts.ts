import type { z } from 'zod';
import type { discountSchema } from '#contract';
import type { Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { changePrice, refuseTooDear, refuseTooMany } from './change-price.ts';
import {
  type AddonRow,
  countRunning,
  type DiscountRow,
  endPartRow,
  findPart,
  insertPart,
} from './price-part-queries.ts';
import { isAbove } from './rules.ts';

const subjects = { subscription_discounts: 'discount', subscription_addons: 'addon' } as const;

/**
 * Gives a discount on the package's price from the next period on, for `periods` or forever. All discounts together
 * reach no further than the price, so several may be given; one alone above it is a mistake.
 * @throws {AppError} not_found, subscription_state, limit_reached, validation_failed
 */
export async function createDiscount(
  kit: Kit,
  author: Author,
  subscriptionId: string,
  input: {
    readonly name: string;
    readonly kind: 'percent' | 'amount';
    readonly value: string;
    readonly periods?: number | null | undefined;
  },
): Promise<DiscountRow> {
  const { periods, ...given } = input;
  return added(
    await changePrice(kit, subscriptionId, async (tx, subscription, at) => {
      if (given.kind === 'amount' && isAbove(given.value, subscription.package.price)) {
        throw fieldError('value', {
          en: `The package costs ${subscription.package.price}; a discount cannot be more than that.`,
          id: `Harga paketnya ${subscription.package.price}; diskon tidak bisa lebih dari itu.`,
        });
      }
      refuseTooMany(await countRunning(tx, 'subscription_discounts', subscriptionId));
      const row = await insertPart(tx, 'subscription_discounts', {
        ...given,
        id: newId(kit.clock),
        subscription_id: subscriptionId,
        periods_left: periods ?? null,
        created_at: at,
        updated_at: at,
      });
      await record(kit, tx, author, 'discount.created', 'discount', undefined, row);
      return row;
    }),
  );
}

/** Adds something to each period from the next on. @throws {AppError} not_found, subscription_state, limit_reached, validation_failed */
export async function createAddon(
  kit: Kit,
  author: Author,
  subscriptionId: string,
  input: Pick<AddonRow, 'name' | 'unit_price' | 'quantity' | 'taxable'>,
): Promise<AddonRow> {
  refuseTooDear(input.unit_price, input.quantity);
  return added(
    await changePrice(kit, subscriptionId, async (tx, _, at) => {
      refuseTooMany(await countRunning(tx, 'subscription_addons', subscriptionId));
      const row = await insertPart(tx, 'subscription_addons', {
        ...input,
        id: newId(kit.clock),
        subscription_id: subscriptionId,
        created_at: at,
        updated_at: at,
      });
      await record(kit, tx, author, 'addon.created', 'addon', undefined, row);
      return row;
    }),
  );
}

/** Ends a discount or an add-on; a second time changes nothing. @throws {AppError} not_found, subscription_state */
export async function endPart(
  kit: Kit,
  author: Author,
  table: keyof typeof subjects,
  subscriptionId: string,
  id: string,
): Promise<void> {
  await changePrice(kit, subscriptionId, async (tx, _, at) => {
    const before = await findPart(tx, table, subscriptionId, id);
    if (!before) throw new AppError('not_found');
    if (before.ended_at !== null) return undefined;
    const after = await endPartRow(tx, table, id, at);
    const subject = subjects[table];
    await record(kit, tx, author, `${subject}.ended`, subject, before, after);
    return after;
  });
}

export function presentDiscount(row: DiscountRow): z.input<typeof discountSchema> {
  // The column's check allows just the contract's values.
  return { ...row, kind: row.kind as 'percent' | 'amount' };
}

function added<T>(row: T | undefined): T {
  if (row === undefined) throw new Error('Nothing was added.');
  return row;
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  subjectType: string,
  before: DiscountRow | AddonRow | undefined,
  after: DiscountRow | AddonRow,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    { action, subjectType, subjectId: after.id, ...(before ? { before } : {}), after },
  ]);
}
