import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { SignedInCall } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findCustomer, lockCustomer } from '../customers/index.ts';
import { showPreferences } from '../notifications/index.ts';
import { forgetPasswords } from './account-queries.ts';
import { readContact } from './contact-queries.ts';
import type { PortalHooks } from './hooks.ts';
import { eraseNotesOf } from './request-queries.ts';
import { languageFor, recipientOf } from './send-code.ts';
import { deleteTokensOf } from './token-queries.ts';

const invited = {
  en: 'The invitation is on its way.',
  id: 'Undangan sedang dikirim.',
};

/** Has a customer told how to sign in, by e-mail or else by phone. @throws {AppError} not_found, customer_without_contact */
export async function inviteCustomer(
  kit: Kit,
  hooks: PortalHooks,
  call: SignedInCall,
  id: string,
): Promise<{ message: string }> {
  const customer = await findCustomer(kit.db, id);
  if (!customer) throw new AppError('not_found');
  const { email, phone, name } = customer;
  const { contact } = await readContact(kit.db, email ?? phone ?? '', '');
  if (contact === undefined) throw new AppError('customer_without_contact');
  const to = recipientOf(contact);
  const language = await languageFor(kit, (await showPreferences(kit.db, id)).language);
  await inTransaction(kit.db, async (tx) => {
    await hooks.sendInvitation(tx, { to, customerId: id, name, language });
    await recordChanges(tx, kit.clock, call.author, [
      { action: 'portal.invited', subjectType: 'customer', subjectId: id },
    ]);
  });
  return { message: invited[call.language] };
}

/** Forgets a customer's password and ends all sessions, for somebody who lost a phone. @throws {AppError} not_found */
export async function resetAccess(kit: Kit, call: SignedInCall, id: string): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    if (!(await lockCustomer(tx, id))) throw new AppError('not_found');
    const forgotten = await forgetPasswords(tx, [id]);
    const ended = await deleteTokensOf(tx, [id]);
    await recordChanges(tx, kit.clock, call.author, [
      {
        action: 'portal.access_reset',
        subjectType: 'customer',
        subjectId: id,
        after: { password_forgotten: forgotten, sessions_ended: ended },
      },
    ]);
  });
}

/** Erases how customers signed in and what they wrote, whose personal details were erased. */
export async function erasePortalOf(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await eraseNotesOf(tx, customerIds);
  await forgetPasswords(tx, customerIds);
  await deleteTokensOf(tx, customerIds);
}
