export type MovementKind = 'top_up' | 'refund' | 'deposit' | 'deposit_return' | 'deposit_to_balance';
type Sign = '' | '-' | undefined;

/** What each kind does to balance and deposit: adds its amount, takes it (`-`), or neither. */
export const effects: Readonly<Record<MovementKind, { readonly balance?: Sign; readonly deposit?: Sign }>> = {
  top_up: { balance: '' },
  refund: { balance: '-' },
  deposit: { deposit: '' },
  deposit_return: { deposit: '-' },
  deposit_to_balance: { balance: '', deposit: '-' },
};

/** The opposite of a decimal text. */
export function opposite(amount: string): string {
  if (Number(amount) === 0) return amount;
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
}
