import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author, CustomerCall, SignedInCall } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { refuseInactive } from '../customers/index.ts';
import { isMore } from '../payments/index.ts';
import type { PortalHooks } from './hooks.ts';
import { findService } from './own-queries.ts';
import {
  type Decision,
  decideRequest,
  findRequest,
  insertRequest,
  isOffered,
  type RequestRow,
} from './request-queries.ts';

interface Wish {
  readonly package_id: string;
  readonly when: 'now' | 'renewal';
}

/**
 * What another package of a customer's own subscription would come to; nothing changes.
 * @throws {AppError} not_found, customer_inactive, validation_failed, and what the change itself refuses
 */
export async function previewChange(
  kit: Kit,
  hooks: PortalHooks,
  call: CustomerCall,
  id: string,
  wish: Wish,
) {
  if (!(await findService(kit.db, call.customer.customerId, id))) throw new AppError('not_found');
  refuseInactive(call);
  const { package_id, when } = wish;
  if (!(await isOffered(kit.db, id, package_id))) {
    throw fieldError('package_id', {
      en: 'Choose one of the packages that are offered for this subscription, other than the present one.',
      id: 'Pilih salah satu paket yang ditawarkan untuk langganan ini, selain paket yang sekarang.',
    });
  }
  const change = await hooks.changePackage(call.author, id, { package_id, when, preview: true });
  const { lines, tax_amount, to_pay, to_balance } = change;
  return { lines, tax_amount, to_pay, to_balance };
}

/** Asks for another package, at what the preview says now. @throws {AppError} as {@link previewChange}; package_request_open */
export async function requestPackage(
  kit: Kit,
  hooks: PortalHooks,
  call: CustomerCall,
  id: string,
  { note = null, ...wish }: Wish & { readonly note?: string | null | undefined },
): Promise<RequestRow> {
  const { to_pay, to_balance } = await previewChange(kit, hooks, call, id, wish);
  const requestId = newId(kit.clock);
  try {
    await inTransaction(kit.db, async (tx) => {
      await insertRequest(tx, {
        id: requestId,
        customer_id: call.customer.customerId,
        subscription_id: id,
        ...wish,
        to_pay,
        to_balance,
        note,
        created_at: instantText(kit.clock.now()),
      });
      await record(kit, tx, call.author, requestId, 'package_request.made', { ...wish, to_pay });
    });
  } catch (error) {
    if (violatedConstraint(error) === 'package_requests_open') throw new AppError('package_request_open');
    throw error;
  }
  return found(await findRequest(kit.db, requestId));
}

/** Takes back a customer's own request. @throws {AppError} not_found, package_request_decided */
export async function withdrawRequest(kit: Kit, call: CustomerCall, id: string): Promise<void> {
  found(await findRequest(kit.db, id, call.customer.customerId));
  await inTransaction(kit.db, (tx) =>
    decide(kit, tx, call.author, id, { state: 'withdrawn', reason: null, decidedBy: null }),
  );
}

/**
 * Changes the package as it was asked for, in one transaction with the decision.
 * @throws {AppError} not_found, package_request_decided, package_request_dearer, and what the change itself refuses
 */
export async function approveRequest(
  kit: Kit,
  hooks: PortalHooks,
  call: SignedInCall,
  id: string,
): Promise<RequestRow> {
  const request = found(await findRequest(kit.db, id));
  if (request.state !== 'open') throw new AppError('package_request_decided');
  const { package_id, when, subscription_id, to_pay: shown } = request;
  await hooks.changePackage(call.author, subscription_id, { package_id, when }, async (tx, { to_pay }) => {
    if (isMore(to_pay, shown)) throw new AppError('package_request_dearer');
    await decide(kit, tx, call.author, id, {
      state: 'approved',
      reason: null,
      decidedBy: call.actor.userId,
    });
  });
  return found(await findRequest(kit.db, id));
}

/** @throws {AppError} not_found, package_request_decided */
export async function refuseRequest(
  kit: Kit,
  call: SignedInCall,
  id: string,
  reason: string,
): Promise<RequestRow> {
  found(await findRequest(kit.db, id));
  await inTransaction(kit.db, (tx) =>
    decide(kit, tx, call.author, id, { state: 'refused', reason, decidedBy: call.actor.userId }),
  );
  return found(await findRequest(kit.db, id));
}

async function decide(
  kit: Kit,
  tx: Tx,
  author: Author,
  id: string,
  decision: Omit<Decision, 'at'>,
): Promise<void> {
  const decided = await decideRequest(tx, id, { ...decision, at: instantText(kit.clock.now()) });
  if (!decided) throw new AppError('package_request_decided');
  const { state, reason } = decision;
  await record(kit, tx, author, id, `package_request.${state}`, reason === null ? undefined : { reason });
}

function found(row: RequestRow | undefined): RequestRow {
  if (!row) throw new AppError('not_found');
  return row;
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  subjectId: string,
  action: string,
  after: object | undefined,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    { action, subjectType: 'package_request', subjectId, ...(after ? { after } : {}) },
  ]);
}
