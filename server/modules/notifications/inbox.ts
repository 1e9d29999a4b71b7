import type { CustomerEvent } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Db, Tx } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import type { PageRequest } from '#kit/page-queries.ts';
import { readOrganisation } from '../organisation/index.ts';
import { composed, organisationValues, valuesOf, wordingOf } from './compose.ts';
import { wakeLanes } from './jobs.ts';
import { insertDirect, listInboxRows, markInboxRead } from './message-queries.ts';
import { sealedFor } from './sealed-for.ts';
import { allTemplates } from './template-queries.ts';

/** A one-time code to one address. */
export interface DirectMessage {
  readonly event: 'sign_in_code';
  readonly channel: 'email' | 'whatsapp';
  /** An e-mail address, or a phone number as people write it. */
  readonly address: string;
  /** Null where nobody's account is behind it. */
  readonly customerId: string | null;
  readonly language: Language;
  /** Its variables, which nobody may read: they are sealed, and gone once it was sent. */
  readonly vars: { readonly code: string; readonly minutes: string };
  /** After this it is not sent any more. */
  readonly expiresAt: Temporal.Instant;
}

/** Queues a message that goes out at once, at any hour, before all others; it exists if and only if the transaction commits. */
export async function queueMessage(kit: Kit, tx: Tx, message: DirectMessage): Promise<void> {
  const { vars, expiresAt, ...rest } = message;
  const id = newId(kit.clock);
  await insertDirect(tx, {
    ...rest,
    id,
    sealed: kit.secrets.seal(JSON.stringify(vars), sealedFor.message(id)),
    expiresAt: instantText(expiresAt),
    at: instantText(kit.clock.now()),
  });
  await wakeLanes(tx, [message.channel]);
}

export interface InboxItem {
  readonly id: string;
  readonly event: string;
  readonly subject: string;
  readonly body: string;
  readonly read_at: string | null;
  readonly created_at: string;
}

/** What a customer was told in the last months, newest first, in the words of the channel in_app; nobody else's. */
export async function listInbox(
  db: Db,
  customerId: string,
  request: PageRequest & { readonly unread?: boolean | undefined },
) {
  const [page, templates, organisation] = await Promise.all([
    listInboxRows(db, customerId, request),
    allTemplates(db),
    readOrganisation(db),
  ]);
  const rows = page.rows.map((row): InboxItem => {
    // Rows of customers are of these events and languages.
    const [event, language] = [row.event as CustomerEvent, row.language as Language];
    const vars = { ...(row.vars as object), ...organisationValues(organisation) };
    const { subject, body } = composed(
      wordingOf(templates, event, 'in_app', language),
      valuesOf(event, vars, language),
    );
    return { id: row.id, event, subject, body, read_at: row.read_at, created_at: row.created_at };
  });
  return { ...page, rows };
}

/** Notes that a customer read a message, or all of them; how many there were. */
export const readInbox = (kit: Kit, customerId: string, id?: string): Promise<number> =>
  markInboxRead(kit.db, customerId, id, instantText(kit.clock.now()));
