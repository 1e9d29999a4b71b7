import type { z } from 'zod';
import type { ledgerEntrySchema, trialBalanceSchema } from '#contract';
import type { AccountTotal, EntryRow } from './queries.ts';

export function presentEntry(row: EntryRow): z.input<typeof ledgerEntrySchema> {
  return { ...row } as z.input<typeof ledgerEntrySchema>;
}

/** Debits and credits are equal by the form of the entries; both sums are shown so that one can see it. */
export function presentTrialBalance(
  date: string,
  accounts: readonly AccountTotal[],
): z.input<typeof trialBalanceSchema> {
  const total = (amounts: readonly string[]) => {
    const cents = amounts.reduce((sum, amount) => sum + BigInt(amount.replace('.', '')), 0n);
    const digits = String(cents).padStart(3, '0');
    return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  };
  return {
    date,
    accounts: [...accounts] as z.input<typeof trialBalanceSchema>['accounts'],
    debit: total(accounts.map((account) => account.debit)),
    credit: total(accounts.map((account) => account.credit)),
  };
}
