import type { z } from 'zod';
import type { packageChangeSchema } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId, newIdPrefix } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { findPackage, type PackageRow } from '../catalog/index.ts';
import { organisationToday } from '../organisation/index.ts';
import {
  activePackage,
  alignSecret,
  changeOneIn,
  newRouterPassword,
  presentSubscription,
  requireUsername,
  type SubscriptionHooks,
  type SubscriptionWithRelations,
  serviceOf,
  setNextPackage,
  updateSubscriptionRow,
} from '../subscriptions/index.ts';
import { holdingPeriods, isVoidable, voidPeriods } from './open-periods.ts';
import { type BilledPeriod, periodsFrom, runningPeriod } from './period-queries.ts';
import { chargeLine, creditLine, isBackdated, type ProrationLine, usedLines } from './prorate.ts';
import { insertProrations } from './proration-queries.ts';
import { findInvoice, issueItems, linesOfInvoice } from './queries.ts';

type PackageChange = z.input<typeof packageChangeSchema>;

interface ChangeInput {
  readonly package_id: string;
  readonly when: 'now' | 'renewal';
  readonly preview?: boolean | undefined;
}

/** The largest sum of charges an invoice can hold, with as much tax again. */
const largest = 99_999_999_999;

/**
 * Changes the package of a subscription, from its next period on or now. Now, the days of invoiced periods that are to come
 * are credited at what they were sold for and charged at the new package's price, both by days and half up; what that
 * comes to is invoiced at once, or goes to the customer's balance. Periods that have not begun and took no money are
 * voided, and the run invoices them anew. What a postpaid one used so far is charged at the old price with the invoice of its
 * period. Time that was never invoiced here is neither credited nor charged.
 * `also` runs in the same transaction at the end, and undoes all of it by throwing.
 * @throws {AppError} not_found, subscription_state, change_backdated, books_closed, validation_failed
 */
export async function changePackage(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  input: ChangeInput,
  also?: (tx: Tx, change: PackageChange) => Promise<void>,
): Promise<PackageChange> {
  const preview = input.preview ?? false;
  return holdingPeriods(kit, id, !preview, async (tx) => {
    let made: Made = { invoiceId: null, waiting: [] };
    const after = await changeOneIn(
      tx,
      kit,
      hooks,
      author,
      id,
      'updated',
      'Package changed',
      async (_, before, at) => {
        if (input.when === 'renewal') return changeLater(tx, before, input.package_id, at);
        const pack = await newPackage(tx, before, input.package_id);
        if (before.status !== 'active') throw new AppError('subscription_state');
        if (pack.id === before.package_id) throw sameFault();
        made = await changeNow(kit, tx, author, before, pack);
        await hooks.afterStarted(tx);
        return 'changed';
      },
    );
    const change = await answer(tx, after, made, preview);
    await also?.(tx, change);
    return change;
  });
}

async function changeLater(
  tx: Tx,
  before: SubscriptionWithRelations,
  packageId: string,
  at: string,
): Promise<'changed' | 'unchanged'> {
  if (before.status === 'cancelled' || before.cancel_requested_on !== null)
    throw new AppError('subscription_state');
  const next = packageId === before.package_id ? null : (await newPackage(tx, before, packageId)).id;
  if (next === before.next_package_id) return 'unchanged';
  await setNextPackage(tx, before.id, next, at);
  return 'changed';
}

async function newPackage(tx: Tx, before: SubscriptionWithRelations, id: string): Promise<PackageRow> {
  const pack = await activePackage(tx, id);
  requireUsername(serviceOf(pack.type), before.mikrotik_username);
  return pack;
}

function sameFault(): AppError {
  return fieldError('package_id', {
    en: 'The subscription has this package already.',
    id: 'Langganan ini sudah memakai paket ini.',
  });
}

interface Made {
  /** The invoice of the difference, if there was anything to prorate. */
  readonly invoiceId: string | null;
  /** What the next invoice will contain. */
  readonly waiting: readonly ProrationLine[];
}

async function changeNow(
  kit: Kit,
  tx: Tx,
  author: Author,
  before: SubscriptionWithRelations,
  pack: PackageRow,
): Promise<Made> {
  const today = await organisationToday(kit, tx);
  const at = instantText(kit.clock.now());
  const periods = await periodsFrom(tx, before.id, today, pack.id);
  const last = periods.findLastIndex((period) => !isVoidable(period) || period.starts <= today);
  const kept = periods.slice(0, last + 1);
  await voidPeriods(kit, tx, before, periods.slice(last + 1), { author, today });
  const running = await runningPeriod(tx, before.id, today, pack.id);
  await updateSubscriptionRow(tx, before.id, { package_id: pack.id, next_package_id: null, updated_at: at });
  await alignSecret(tx, before.id, {
    password: undefined,
    newPassword: newRouterPassword(),
    service: serviceOf(pack.type) ?? 'any',
    at,
  });
  const old = await findPackage(tx, before.package_id);
  const waiting =
    running && old ? withinLimits(usedLines(running, { old, new: pack }, () => newId(kit.clock))) : [];
  await insertProrations(tx, before.id, null, waiting, at);
  const lines = prorationOf(kit, kept, pack);
  if (lines.length === 0) return { invoiceId: null, waiting };
  const invoice = { customer_id: before.customer_id, subscription_id: before.id, items: lines };
  const invoiceId = await issueItems(tx, invoice, {
    today,
    at,
    runId: null,
    idPrefix: newIdPrefix(kit.clock),
    dueDate: today,
    log: { action: 'prorated', message: `Package changed by ${author.name}` },
  });
  await insertProrations(tx, before.id, invoiceId, lines, at);
  return { invoiceId, waiting };
}

function prorationOf(kit: Kit, periods: readonly BilledPeriod[], pack: PackageRow): readonly ProrationLine[] {
  if (periods.some(isBackdated)) throw new AppError('change_backdated');
  return withinLimits(
    periods.flatMap((period) => [
      creditLine(period, newId(kit.clock)),
      chargeLine(period, pack, newId(kit.clock)),
    ]),
  );
}

function withinLimits(lines: readonly ProrationLine[]): readonly ProrationLine[] {
  const charged = lines.reduce((sum, line) => sum + Math.max(0, Number(line.unit_price)), 0);
  if (charged > largest) {
    throw fieldError('package_id', {
      en: 'The charge for the rest of the period would be too large. Change at the renewal instead.',
      id: 'Biaya untuk sisa periode terlalu besar. Ganti pada perpanjangan saja.',
    });
  }
  return lines;
}

async function answer(
  tx: Tx,
  subscription: SubscriptionWithRelations,
  { invoiceId, waiting }: Made,
  preview: boolean,
): Promise<PackageChange> {
  const invoice = invoiceId === null ? undefined : await findInvoice(tx, invoiceId);
  const lines = invoice ? await linesOfInvoice(tx, invoice.id) : waiting.map(waitingLine);
  return {
    preview,
    subscription: presentSubscription(subscription),
    invoice_id: preview ? null : invoiceId,
    lines: lines.filter(({ kind }) => kind !== 'to_balance'),
    tax_amount: invoice?.tax_amount ?? '0.00',
    to_pay: invoice?.amount ?? '0.00',
    to_balance: lines.find(({ kind }) => kind === 'to_balance')?.amount ?? '0.00',
  };
}

function waitingLine(line: ProrationLine, index: number): PackageChange['lines'][number] {
  const { description, quantity, unit_price, taxable = true, package_id } = line;
  const kind = 'proration';
  return {
    line_number: index + 1,
    kind,
    description,
    quantity,
    unit_price,
    amount: unit_price,
    taxable,
    package_id,
    subscription_id: null,
  };
}
