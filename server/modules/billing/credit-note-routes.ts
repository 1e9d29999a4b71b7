import { creditNotes } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { creditInvoice } from './credit-invoice.ts';
import { findCreditNote, listCreditNoteRows } from './credit-note-queries.ts';
import type { BillingHooks } from './hooks.ts';
import { presentCreditNote } from './present.ts';

/** The endpoints of credit notes. */
export function creditNoteRoutes(kit: Kit, hooks: BillingHooks) {
  return routes(creditNotes, {
    createCreditNote: async ({ params, body }, call) =>
      presentCreditNote(await creditInvoice(kit, hooks, call.author, params.id, body)),
    listCreditNotes: async ({ query }, call) =>
      paginate(call, query, await listCreditNoteRows(kit.db, query), presentCreditNote),
    showCreditNote: async ({ params }) => {
      const row = await findCreditNote(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentCreditNote(row);
    },
  });
}
