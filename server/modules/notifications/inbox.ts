import type { CustomerEvent } from '#contract';
import { instantText } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import type { PageRequest } from '#kit/page-queries.ts';
import { readOrganisation } from '../organisation/index.ts';
import { composed, organisationValues, valuesOf, wordingOf } from './compose.ts';
import { listInboxRows, markInboxRead, markMessageRead } from './message-queries.ts';
import { allTemplates } from './template-queries.ts';

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

/** Notes that a customer read all messages; how many were not read before. */
export const readInbox = (kit: Kit, customerId: string): Promise<number> =>
  markInboxRead(kit.db, customerId, instantText(kit.clock.now()));

/** Notes that a customer read a message, if it was not before; false where it is none of theirs. */
export const readInboxMessage = (kit: Kit, customerId: string, id: string): Promise<boolean> =>
  markMessageRead(kit.db, customerId, id, instantText(kit.clock.now()));
