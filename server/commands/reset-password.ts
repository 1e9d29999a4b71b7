import { inTransaction } from '#kit/db.ts';
import { UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { findUserByEmail, issuePasswordReset } from '../modules/identity/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';

/** Prints a link with which a user sets a new password: the way back in where no mail is sent. */
export async function resetPassword(process: Process, address: string, options: DataOption): Promise<void> {
  await withKit(process, options, 'reset-password', async (kit) => {
    const reset = await inTransaction(kit.db, async (tx) => {
      const user = await findUserByEmail(tx, address.trim().toLowerCase());
      if (!user) throw new UserError(`Nobody signs in as ${address}.`);
      return issuePasswordReset(kit, tx, systemAuthor('reset-password command'), user);
    });
    process.terminal.print(`Open this link to set a new password; it works once, until ${reset.expires_at}:`);
    process.terminal.print(reset.reset_url);
  });
}
