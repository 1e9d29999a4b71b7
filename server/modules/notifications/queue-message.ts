import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { urgentEvents } from './events.ts';
import { wakeLanes } from './jobs.ts';
import { dropOlderCodes, insertDirect } from './message-queries.ts';
import { sealedFor } from './sealed-for.ts';

/** What somebody asked for, or the office does, for one address: nobody's preferences hold it back. */
export type DirectMessage = {
  readonly channel: 'email' | 'whatsapp';
  /** An e-mail address, or a phone number as people write it. */
  readonly address: string;
  /** Null where nobody's account, or more than one, is behind it. */
  readonly customerId: string | null;
  readonly language: Language;
  /** After this it is not sent any more. */
  readonly expiresAt: Temporal.Instant;
} & (
  | {
      readonly event: 'sign_in_code';
      /** Its variables, which nobody may read: they are sealed, and gone once it was sent. */
      readonly vars: { readonly code: string; readonly minutes: string };
    }
  | {
      readonly event: 'portal_invited';
      readonly vars: {
        readonly customer_name: string;
        readonly login: string;
        readonly portal_url: string;
      };
    }
);

/**
 * Queues a message and has its lane sent at once; it exists if and only if the transaction commits. A code goes at any hour and before
 * all others, and an older one for the same customer and address that still waits is not sent any more.
 */
export async function queueMessage(kit: Kit, tx: Tx, message: DirectMessage): Promise<void> {
  const { vars, expiresAt, ...rest } = message;
  const id = newId(kit.clock);
  const at = instantText(kit.clock.now());
  const isCode = message.event === 'sign_in_code';
  if (isCode) await dropOlderCodes(tx, rest, at);
  await insertDirect(tx, {
    ...rest,
    id,
    urgent: urgentEvents.includes(message.event),
    vars: isCode ? {} : vars,
    sealed: isCode ? kit.secrets.seal(JSON.stringify(vars), sealedFor.message(id)) : null,
    expiresAt: instantText(expiresAt),
    at,
  });
  await wakeLanes(tx, [message.channel]);
}
