import { instantText } from '#kit/clock.ts';
import { sha256Hex } from '#kit/crypto.ts';
import type { Language } from '#kit/errors.ts';
import { enqueue } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { resetMailJobName } from './reset-mail.ts';
import { hasResetTokenSince } from './reset-queries.ts';

const secondsBetweenMails = 60;

const answer = {
  en: 'If that address belongs to an account, a message with a link is on its way.',
  id: 'Jika alamat itu milik sebuah akun, pesan berisi tautan sedang dikirim.',
};

/**
 * Has a reset link mailed. Does and answers the same for every address: whether it belongs to an account is looked
 * up by the job. Without mail in the configuration nothing is sent.
 */
export async function requestPasswordReset(
  kit: Kit,
  email: string,
  language: Language,
): Promise<{ message: string }> {
  if (kit.config.mail === undefined) {
    kit.log.warn('a password reset was asked for, but mail is off: set MAIL_HOST, or make the link by hand');
    return { message: answer[language] };
  }
  const since = instantText(kit.clock.now().subtract({ seconds: secondsBetweenMails }));
  if (!(await hasResetTokenSince(kit.db, email, since))) {
    await enqueue(kit.db, [
      { name: resetMailJobName, payload: { email }, key: `${resetMailJobName}:${sha256Hex(email)}` },
    ]);
  }
  return { message: answer[language] };
}
