import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { presentTax } from './present.ts';
import { findTax, heaviestTaxes, insertTax, lockTaxes, type TaxRow, updateTaxRow } from './tax-queries.ts';

type TaxInput = {
  readonly [K in Exclude<keyof TaxRow, 'id' | 'created_at' | 'updated_at'>]?: TaxRow[K] | undefined;
};

/** Each invoice keeps a copy of each of its taxes; more would be a mistake. */
const mostAtOnce = 20;

/** Adds a tax, which counts from the next invoice. @throws {AppError} validation_failed where taxes would pass 100 % */
export async function createTax(
  kit: Kit,
  author: Author,
  input: TaxInput & Pick<TaxRow, 'name' | 'rate'>,
): Promise<TaxRow> {
  const at = instantText(kit.clock.now());
  return inTransaction(kit.db, async (tx) => {
    await lockTaxes(tx);
    refuseFactor(input.base_numerator ?? 1, input.base_denominator ?? 1);
    const row = await insertTax(tx, { ...input, id: newId(kit.clock), created_at: at, updated_at: at });
    await refuseTooMuch(tx);
    await record(kit, tx, author, 'tax.created', undefined, row);
    return row;
  });
}

/** Changes a tax from the next invoice on. @throws {AppError} not_found, validation_failed */
export async function updateTax(kit: Kit, author: Author, id: string, input: TaxInput): Promise<TaxRow> {
  return inTransaction(kit.db, async (tx) => {
    await lockTaxes(tx);
    const before = await findTax(tx, id);
    if (!before) throw new AppError('not_found');
    refuseFactor(
      input.base_numerator ?? before.base_numerator,
      input.base_denominator ?? before.base_denominator,
    );
    const after = await updateTaxRow(tx, id, { ...input, updated_at: instantText(kit.clock.now()) });
    await refuseTooMuch(tx);
    await record(kit, tx, author, 'tax.updated', before, after);
    return after;
  });
}

/** Charges a tax no longer; a second time changes nothing. @throws {AppError} not_found */
export async function endTax(kit: Kit, author: Author, id: string): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    await lockTaxes(tx);
    const before = await findTax(tx, id);
    if (!before) throw new AppError('not_found');
    if (!before.is_active) return;
    const after = await updateTaxRow(tx, id, {
      is_active: false,
      updated_at: instantText(kit.clock.now()),
    });
    await record(kit, tx, author, 'tax.ended', before, after);
  });
}

function refuseFactor(numerator: number, denominator: number): void {
  if (numerator <= denominator) return;
  throw fieldError('base_numerator', {
    en: 'The base cannot be more than the whole: base_numerator may not be above base_denominator.',
    id: 'Dasar pengenaan tidak bisa lebih dari seluruhnya: base_numerator tidak boleh di atas base_denominator.',
  });
}

/** Judges the taxes as they are now, in a statement after the lock: of two changes at once the second sees the first. */
async function refuseTooMuch(tx: Tx): Promise<void> {
  const { count, isTooMuch } = await heaviestTaxes(tx);
  if (isTooMuch) {
    throw fieldError('rate', {
      en: 'Together with the other active taxes of its area this would be more than 100 %. Lower the rate, or end another tax first.',
      id: 'Bersama pajak aktif lain di wilayahnya ini menjadi lebih dari 100 %. Turunkan tarifnya, atau hentikan pajak lain dulu.',
    });
  }
  if (count > mostAtOnce) {
    throw fieldError('area', {
      en: `There are ${mostAtOnce} active taxes for one customer already. End another tax first.`,
      id: `Sudah ada ${mostAtOnce} pajak aktif untuk satu pelanggan. Hentikan pajak lain dulu.`,
    });
  }
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  before: TaxRow | undefined,
  after: TaxRow,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    {
      action,
      subjectType: 'tax',
      subjectId: after.id,
      ...(before ? { before: presentTax(before) } : {}),
      after: presentTax(after),
    },
  ]);
}
