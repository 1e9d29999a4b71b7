-- compatible: yes
-- What customers had before Nadi stands against an account of its own: nobody counted it as cash.

alter table ledger_entries drop constraint ledger_entries_accounts;
alter table ledger_entries add constraint ledger_entries_accounts check (debit <> credit
  and debit in ('receivable', 'revenue', 'late_fees', 'tax', 'cash', 'bank', 'gateway', 'customer_balance', 'deposit', 'opening')
  and credit in ('receivable', 'revenue', 'late_fees', 'tax', 'cash', 'bank', 'gateway', 'customer_balance', 'deposit', 'opening'));
