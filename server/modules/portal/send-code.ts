import { z } from 'zod';
import { sha256Hex } from '#kit/crypto.ts';
import { inTransaction } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { enqueue, type Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { readOrganisation } from '../organisation/index.ts';
import { makeCode, toSignIn } from './codes.ts';
import { accountsOf, type Contact, isEmail, mostAccounts, readContact } from './contact-queries.ts';
import type { PortalHooks, Recipient } from './hooks.ts';

const name = 'portal.send_code';
const payload = z.object({ login: z.string(), language: z.enum(['id', 'en']).nullable() });

const answer = {
  en: 'If that is an address or number of a customer, a code is on its way. It works for ten minutes.',
  id: 'Jika itu alamat atau nomor pelanggan, kode sedang dikirim. Kode berlaku sepuluh menit.',
};

/** Asks for a code. Does and answers the same for everybody: whose contact it is, the job finds out. */
export async function requestCode(kit: Kit, call: Call, login: string): Promise<{ message: string }> {
  const language = call.askedLanguage ?? null;
  const key = `${name}:${sha256Hex(login.toLowerCase().replace(/[^\w@+]/g, ''))}`;
  await enqueue(kit.db, [{ name, payload: { login, language }, key }]);
  return { message: answer[call.language] };
}

/** Where a message for a contact goes. */
export function recipientOf(contact: Contact): Recipient {
  return isEmail(contact) ? { email: contact } : { phone: `+${contact}` };
}

/** In which language messages for a customer are. */
export async function languageFor(
  kit: Kit,
  ...wishes: readonly (Language | null | undefined)[]
): Promise<Language> {
  const wish = wishes.find((language) => language);
  if (wish) return wish;
  return (await readOrganisation(kit.db)).language === 'en' ? 'en' : 'id';
}

/** Makes and sends the code, if the contact is a customer's and none was sent just before. Run again, it sends another. */
export function sendCodeJob(kit: Kit, hooks: PortalHooks): Job<typeof payload> {
  return {
    name,
    payload,
    async run({ login, language: asked }) {
      const { contact } = await readContact(kit.db, login, '');
      if (contact === undefined) return;
      const accounts = await accountsOf(kit.db, contact);
      const [first] = accounts;
      if (!first) return;
      if (accounts.length > mostAccounts) {
        kit.log.warn(
          { customer_id: first.id },
          `more than ${mostAccounts} customers share one e-mail address or phone: nobody can sign in with it`,
        );
        return;
      }
      const language = await languageFor(kit, first.language, asked);
      const customerId = accounts.length === 1 ? first.id : null;
      await inTransaction(kit.db, async (tx) => {
        const made = await makeCode(kit, tx, toSignIn(contact), contact);
        if (made) await hooks.sendCode(tx, { to: recipientOf(contact), customerId, language, ...made });
      });
    },
  };
}
