import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author, CustomerCall } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import type { CustomerHooks } from './hooks.ts';
import { presentCustomer } from './present.ts';
import {
  type CustomerRow,
  deleteCustomerRow,
  insertCustomers,
  lockCustomer,
  updateCustomerRow,
} from './queries.ts';

export interface CustomerInput {
  readonly name?: string | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly address?: string | null | undefined;
  /** Null, as spec 3 allows, means the default. */
  readonly status?: string | null | undefined;
  readonly tax_exempt?: boolean | undefined;
  readonly area?: string | null | undefined;
  readonly tax_number?: string | null | undefined;
  readonly joint_invoice_days?: number | null | undefined;
  readonly router_id?: string | null | undefined;
  readonly membership_type?: string | null | undefined;
}

export async function createCustomer(
  kit: Kit,
  author: Author,
  input: CustomerInput & { readonly name: string },
): Promise<CustomerRow> {
  const id = newId(kit.clock);
  return namingRouter(kit, async (tx) => {
    const [row] = await insertCustomers(tx, [
      {
        id,
        name: input.name,
        email: input.email ?? null,
        phone: input.phone ?? null,
        address: input.address ?? null,
        status: input.status ?? 'active',
        tax_exempt: input.tax_exempt ?? false,
        area: input.area ?? null,
        tax_number: input.tax_number ?? null,
        joint_invoice_days: input.joint_invoice_days ?? null,
        router_id: input.router_id ?? null,
        membership_type: input.membership_type ?? null,
        created_at: instantText(kit.clock.now()),
      },
    ]);
    if (!row) throw new Error('The customer was not inserted.');
    await record(kit, tx, author, 'customer.created', undefined, row);
    return row;
  });
}

/** @throws {AppError} not_found, validation_failed */
export async function updateCustomer(
  kit: Kit,
  hooks: CustomerHooks,
  author: Author,
  id: string,
  { status, ...input }: CustomerInput,
): Promise<CustomerRow> {
  return namingRouter(kit, async (tx) => {
    const before = await lockCustomer(tx, id);
    if (!before) throw new AppError('not_found');
    const at = instantText(kit.clock.now());
    const after = await updateCustomerRow(tx, id, {
      ...input,
      ...(status ? { status } : {}),
      updated_at: at,
    });
    if (after.router_id !== before.router_id) await hooks.afterMoved(tx, [id], at);
    if (after.membership_type !== before.membership_type) await hooks.afterMembershipChanged(tx, [id]);
    await record(kit, tx, author, 'customer.updated', before, after);
    return after;
  });
}

/** Who is closed sees everything and pays what is open, and changes nothing. @throws {AppError} customer_inactive */
export function refuseInactive({ customer }: CustomerCall): void {
  if (customer.status === 'inactive') throw new AppError('customer_inactive');
}

/** Changes what customers may change of themselves. @throws {AppError} not_found */
export async function changeOwnDetails(
  kit: Kit,
  tx: Tx,
  author: Author,
  id: string,
  details: Pick<CustomerInput, 'email' | 'phone' | 'address'>,
): Promise<void> {
  const before = await lockCustomer(tx, id);
  if (!before) throw new AppError('not_found');
  const after = await updateCustomerRow(tx, id, { ...details, updated_at: instantText(kit.clock.now()) });
  await record(kit, tx, author, 'customer.updated', before, after);
}

async function namingRouter<T>(kit: Kit, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(kit.db, work);
  } catch (error) {
    if (violatedConstraint(error) !== 'customers_router_id_fkey') throw error;
    throw fieldError('router_id', { en: 'There is no such router.', id: 'Router ini tidak ada.' });
  }
}

/** @throws {AppError} not_found; customer_has_invoices, since invoices are kept (decisions.md, Billing); customer_has_funds, customer_has_licenses. */
export async function deleteCustomer(
  kit: Kit,
  hooks: CustomerHooks,
  author: Author,
  id: string,
): Promise<void> {
  try {
    await inTransaction(kit.db, async (tx) => {
      const before = await lockCustomer(tx, id);
      if (!before) throw new AppError('not_found');
      await hooks.beforeDelete(tx, [id], author);
      await deleteCustomerRow(tx, id);
      await record(kit, tx, author, 'customer.deleted', before, undefined);
    });
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint?.startsWith('invoices_')) throw new AppError('customer_has_invoices');
    if (constraint?.startsWith('customer_funds_') || constraint?.startsWith('fund_movements_'))
      throw new AppError('customer_has_funds');
    if (constraint?.startsWith('licenses_')) throw new AppError('customer_has_licenses');
    throw error;
  }
}

/** Erases personal details for good. @throws {AppError} not_found, customer_has_subscriptions */
export async function anonymiseCustomer(
  kit: Kit,
  hooks: CustomerHooks,
  author: Author,
  id: string,
): Promise<CustomerRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockCustomer(tx, id);
    if (!before) throw new AppError('not_found');
    if (await hooks.hasOpenSubscriptions(tx, id)) throw new AppError('customer_has_subscriptions');
    const at = instantText(kit.clock.now());
    const after = await updateCustomerRow(tx, id, {
      name: `Anonim ${id.slice(-6)}`,
      email: null,
      phone: null,
      address: null,
      tax_number: null,
      status: 'inactive',
      anonymised_at: before.anonymised_at ?? at,
      updated_at: at,
    });
    await hooks.afterAnonymise(tx, [id]);
    // The erased values must not live on in the log.
    await record(kit, tx, author, 'customer.anonymised', undefined, after);
    return after;
  });
}

function record(
  kit: Kit,
  tx: Parameters<typeof recordChanges>[0],
  author: Author,
  action: string,
  before: CustomerRow | undefined,
  after: CustomerRow | undefined,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    {
      action,
      subjectType: 'customer',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: presentCustomer(before) } : {}),
      ...(after ? { after: presentCustomer(after) } : {}),
    },
  ]);
}
