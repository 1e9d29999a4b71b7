import { z } from 'zod';
import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { sendMail } from '#kit/mail.ts';
import { issuePasswordReset, resetMinutes } from './password-reset.ts';
import { findUserRowByEmail } from './queries.ts';

export const resetMailJobName = 'mail.password_reset';

const payload = z.object({ email: z.string() });

/**
 * Mails a reset link to an active user. The link is made here, so that it stands nowhere but in the message; a
 * second run makes another link, and the newest one works.
 */
export function resetMailJob(kit: Kit): Job<typeof payload> {
  return {
    name: resetMailJobName,
    payload,
    async run({ email }) {
      const { mail } = kit.config;
      const user = await findUserRowByEmail(kit.db, email);
      if (mail === undefined || !user?.is_active) return;
      const reset = await inTransaction(kit.db, (tx) =>
        issuePasswordReset(kit, tx, systemAuthor(resetMailJobName), user),
      );
      await sendMail(mail, { to: user.email, ...resetMail(kit.config.appName, user.name, reset.reset_url) });
    },
  };
}

function resetMail(product: string, name: string, url: string): { subject: string; text: string } {
  return {
    subject: `${product}: atur ulang kata sandi / password reset`,
    text: [
      `Halo ${name},`,
      '',
      `Buka tautan ini untuk memilih kata sandi baru. Tautan berlaku sekali, selama ${resetMinutes} menit:`,
      url,
      'Jika Anda tidak memintanya, abaikan pesan ini; tidak ada yang berubah.',
      '',
      '---',
      '',
      `Hello ${name},`,
      '',
      `Open this link to choose a new password. It works once, for ${resetMinutes} minutes:`,
      url,
      'If you did not ask for it, ignore this message; nothing changes.',
      '',
    ].join('\n'),
  };
}
