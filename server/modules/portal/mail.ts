import { z } from 'zod';
import { sha256Hex } from '#kit/crypto.ts';
import { enqueue, type Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { sendMail } from '#kit/mail.ts';
import { codeMinutes } from './codes.ts';
import type { Invitation, PortalHooks, Recipient, SignInCode } from './hooks.ts';

const name = 'portal.mail';
const purpose = 'portal mail';
const payload = z.object({
  to: z.string(),
  subject: z.string(),
  /** Sealed: it may hold a code. */
  text: z.string(),
  expires_at: z.string().nullable(),
});

/** Sends the portal's messages by e-mail. What should go to a phone is not sent, and the log says so. */
export function mailMessages(kit: Kit): Pick<PortalHooks, 'sendCode' | 'sendInvitation'> {
  const mailable = (to: Recipient): string | undefined => {
    if ('phone' in to) {
      const ends = to.phone.slice(-3);
      kit.log.warn({ phone: `…${ends}` }, 'a sign-in code was asked for, but nothing sends to phones yet');
      return undefined;
    }
    if (kit.config.mail === undefined)
      kit.log.warn('a message of the portal was to be sent, but mail is off: set MAIL_HOST');
    return kit.config.mail === undefined ? undefined : to.email;
  };
  return {
    async sendCode(tx, message) {
      const to = mailable(message.to);
      if (to === undefined) return;
      const { subject, text } = codeMail(kit.config.appName, message);
      const sealed = kit.secrets.seal(text, purpose);
      await enqueue(tx, [
        {
          name,
          payload: { to, subject, text: sealed, expires_at: message.expiresAt },
          key: `${name}:code:${sha256Hex(to)}`,
        },
      ]);
    },
    async sendInvitation(tx, message) {
      const to = mailable(message.to);
      if (to === undefined) return;
      const { subject, text } = invitationMail(kit, message);
      const sealed = kit.secrets.seal(text, purpose);
      await enqueue(tx, [{ name, payload: { to, subject, text: sealed, expires_at: null } }]);
    },
  };
}

/** Hands a message to the mail server; a code that works no more is not sent. */
export function mailJob(kit: Kit): Job<typeof payload> {
  return {
    name,
    payload,
    async run({ to, subject, text, expires_at: expires }) {
      const { mail } = kit.config;
      const late = expires !== null && Temporal.Instant.compare(expires, kit.clock.now()) <= 0;
      if (mail === undefined || late) return;
      await sendMail(mail, { to, subject, text: kit.secrets.open(text, purpose) });
    },
  };
}

function codeMail(product: string, { code, language }: SignInCode): { subject: string; text: string } {
  return language === 'en'
    ? {
        subject: `${product}: your code`,
        text: `${code} is your code. It works once, for ${codeMinutes} minutes.\n\nNobody of ours ever asks you for it. If you did not ask for a code, ignore this message.\n`,
      }
    : {
        subject: `${product}: kode Anda`,
        text: `${code} adalah kode Anda. Berlaku sekali, selama ${codeMinutes} menit.\n\nPetugas kami tidak pernah menanyakannya. Jika Anda tidak meminta kode, abaikan pesan ini.\n`,
      };
}

function invitationMail(kit: Kit, { to, name, language }: Invitation): { subject: string; text: string } {
  const { appName: product, frontendUrl } = kit.config;
  const login = 'email' in to ? to.email : to.phone;
  const url = `${frontendUrl}/portal`;
  return language === 'en'
    ? {
        subject: `${product}: your account`,
        text: `Hello ${name},\n\nSee your invoices, payments and usage here:\n${url}\n\nSign in with ${login}; you get a code, a password is not needed.\n`,
      }
    : {
        subject: `${product}: akun Anda`,
        text: `Halo ${name},\n\nLihat tagihan, pembayaran dan pemakaian Anda di sini:\n${url}\n\nMasuk dengan ${login}; Anda mendapat kode, tidak perlu kata sandi.\n`,
      };
}
