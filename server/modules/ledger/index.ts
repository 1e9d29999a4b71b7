import { ledger } from '#contract';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { organisationToday } from '../organisation/index.ts';
import { closeBooks } from './close-books.ts';
import { presentEntry, presentTrialBalance } from './present.ts';
import { accountTotals, listEntryRows, readClosing } from './queries.ts';

export { refusingClosedBooks } from './close-books.ts';
export {
  addBalanceStatement,
  changeFunds,
  lockFunds,
  openBalances,
  takeBalanceStatement,
} from './funds-queries.ts';
export { accountOf, post, postStatement, postVoid } from './post-queries.ts';
export { readClosing } from './queries.ts';

export function ledgerModule(kit: Kit): Module {
  return {
    name: 'ledger',
    routes: routes(ledger, {
      listLedgerEntries: async ({ query }, call) =>
        paginate(call, query, await listEntryRows(kit.db, query), presentEntry),
      showTrialBalance: async ({ query }) => {
        const day = query.date ?? (await organisationToday(kit));
        return presentTrialBalance(day, await accountTotals(kit.db, day));
      },
      showClosing: () => readClosing(kit.db),
      closeBooks: ({ body }, call) => closeBooks(kit, call.author, body.closed_until),
    }),
  };
}
