import type { z } from 'zod';
import type { portalSessionSchema } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { CustomerCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { beginAttempt, hashPassword, passwordFault, verifyPassword } from '../identity/index.ts';
import { findPassword, putPassword } from './account-queries.ts';
import { ownLimits } from './limits.ts';
import { type CustomerTokenRow, deleteTokensOf, findToken } from './token-queries.ts';

/** How long a session that a code began may change what proves who one is. */
const freshMinutes = 15;

export function presentSession(
  row: CustomerTokenRow,
  currentId: string,
): z.input<typeof portalSessionSchema> {
  const { id, contact, ip_address, user_agent, last_used_at, expires_at, created_at } = row;
  return {
    id: Number(id),
    contact,
    proof: row.proof as 'code' | 'password', // The column's check allows just these.
    ip_address,
    user_agent,
    is_current: id === currentId,
    last_used_at,
    expires_at,
    created_at,
  };
}

/**
 * Refuses whoever has nothing but a session that may be stolen: what proves who one is, is changed right after a code was
 * entered, or with the present password.
 * @throws {AppError} fresh_code_needed; validation_failed naming `current_password`; too_many_requests
 */
export async function proveAgain(
  kit: Kit,
  { customer }: CustomerCall,
  password: string | undefined,
): Promise<void> {
  const session = await findToken(kit.db, customer.customerId, customer.tokenId);
  const since = instantText(kit.clock.now().subtract({ minutes: freshMinutes }));
  if (session?.proof === 'code' && session.created_at >= since) return;
  const chosen = await findPassword(kit.db, customer.customerId);
  if (chosen === null || password === undefined) throw new AppError('fresh_code_needed');
  const attempt = await beginAttempt(kit, ownLimits(customer.customerId));
  if (!(await verifyPassword(password, chosen)))
    throw fieldError('current_password', {
      en: 'This is not your password.',
      id: 'Ini bukan kata sandi Anda.',
    });
  await attempt.succeeded();
}

/** Sets a customer's password; all other sessions end. @throws {AppError} as {@link proveAgain}; validation_failed naming `password` */
export async function setPassword(
  kit: Kit,
  call: CustomerCall,
  input: { password: string; current_password?: string | undefined },
): Promise<void> {
  const { customerId, tokenId } = call.customer;
  await proveAgain(kit, call, input.current_password);
  const session = await findToken(kit.db, customerId, tokenId);
  const fault = passwordFault(input.password, session?.contact ?? '');
  if (fault) throw fieldError('password', fault);
  const hash = await hashPassword(input.password);
  await inTransaction(kit.db, async (tx) => {
    await putPassword(tx, customerId, hash);
    const ended = await deleteTokensOf(tx, [customerId], tokenId);
    await recordChanges(tx, kit.clock, call.author, [
      {
        action: 'portal.password_set',
        subjectType: 'customer',
        subjectId: customerId,
        after: { sessions_ended: ended },
      },
    ]);
  });
}
