import { inTransaction } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { CustomerCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { changeOwnDetails, refuseInactive } from '../customers/index.ts';
import { beginAttempt } from '../identity/index.ts';
import { changePreferences, showPreferences } from '../notifications/index.ts';
import { makeCode, spendCode, toChangeContact } from './codes.ts';
import { isEmail, readContact } from './contact-queries.ts';
import type { PortalHooks } from './hooks.ts';
import { ownLimits } from './limits.ts';
import { languageFor, recipientOf } from './send-code.ts';
import { proveAgain } from './sessions.ts';
import { moveToken } from './token-queries.ts';

/** Changes what customers may change without proof. @throws {AppError} customer_inactive */
export async function updateProfile(
  kit: Kit,
  call: CustomerCall,
  { address, language }: { address?: string | null | undefined; language?: 'id' | 'en' | undefined },
): Promise<void> {
  refuseInactive(call);
  const { customerId } = call.customer;
  await inTransaction(kit.db, async (tx) => {
    if (address !== undefined) await changeOwnDetails(kit, tx, call.author, customerId, { address });
    if (language !== undefined) await changePreferences(kit, tx, call.author, customerId, { language });
  });
}

const onItsWay = {
  en: 'A code is on its way. It works for ten minutes.',
  id: 'Kode sedang dikirim. Kode berlaku sepuluh menit.',
};

/**
 * Sends a code to a new e-mail address or phone. Whoever has the session alone cannot take the account over with it.
 * @throws {AppError} customer_inactive, fresh_code_needed, too_many_requests, validation_failed
 */
export async function sendContactCode(
  kit: Kit,
  hooks: PortalHooks,
  call: CustomerCall,
  input: {
    email?: string | undefined;
    phone?: string | undefined;
    current_password?: string | undefined;
  },
): Promise<{ message: string }> {
  refuseInactive(call);
  await proveAgain(kit, call, input.current_password);
  const { customerId } = call.customer;
  const { contact } = await readContact(kit.db, input.email ?? input.phone ?? '', '');
  if (contact === undefined) {
    throw fieldError('phone', { en: 'This is no phone number.', id: 'Ini bukan nomor telepon.' });
  }
  const { language: own } = await showPreferences(kit.db, customerId);
  const language = await languageFor(kit, own, call.askedLanguage);
  await inTransaction(kit.db, async (tx) => {
    const made = await makeCode(kit, tx, toChangeContact(customerId), contact);
    if (!made) throw new AppError('too_many_requests', { retryAfter: 60 });
    await hooks.sendCode(tx, { to: recipientOf(contact), customerId, language, ...made });
  });
  return { message: onItsWay[call.language] };
}

/**
 * Takes the contact that the code was sent to. This session goes on with it; those that the old one began end.
 * @throws {AppError} customer_inactive, too_many_requests, validation_failed naming `code`
 */
export async function confirmContact(kit: Kit, call: CustomerCall, code: string): Promise<void> {
  refuseInactive(call);
  const { customerId, tokenId } = call.customer;
  const attempt = await beginAttempt(kit, ownLimits(customerId));
  await inTransaction(kit.db, async (tx) => {
    const contact = await spendCode(kit, tx, toChangeContact(customerId), code);
    if (contact === undefined) {
      throw fieldError('code', {
        en: 'This code is wrong, was used, or is too old.',
        id: 'Kode ini salah, sudah dipakai, atau terlalu lama.',
      });
    }
    const details = isEmail(contact) ? { email: contact } : { phone: `+${contact}` };
    await changeOwnDetails(kit, tx, call.author, customerId, details);
    await moveToken(tx, tokenId, contact);
  });
  await attempt.succeeded();
}
