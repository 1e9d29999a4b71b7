-- compatible: yes
-- What reports read instead of every entry: sums of the entries up to one of them. Entries are never changed or deleted
-- and their ids rise, so whatever came later, also for an earlier day, is simply behind that entry and is added when asked.

create table report_progress (
  id smallint primary key default 1 check (id = 1),
  -- All entries of the ledger up to this one are in the tables below, and none of the others.
  entries_until bigint not null default 0,
  -- All of billing_logs before this instant is in subscription_moves; null is nothing.
  moves_until timestamptz,
  -- When subscription_figures and the counts of customers were taken; null is never, and then they are counted when asked.
  figures_at timestamptz,
  customers bigint not null default 0,
  active_customers bigint not null default 0
);
insert into report_progress default values;

create table ledger_days (
  -- The organisation's local date on which it was booked.
  day date not null,
  debit text not null,
  credit text not null,
  kind text not null,
  package_id uuid,
  -- Of the customer when it was prepared; null for payments.
  area text,
  -- Of the payment.
  method text,
  received_by uuid,
  amount numeric(20,2) not null,
  entries bigint not null,
  constraint ledger_days_once unique nulls not distinct (day, debit, credit, kind, package_id, area, method, received_by)
);

-- What was paid on each day and not reversed since.
create table paid_days (
  paid_on date primary key,
  amount numeric(20,2) not null
);

create table tax_days (
  day date not null,
  tax_id uuid,
  name text,
  rate numeric(7,4),
  base numeric(20,2) not null,
  amount numeric(20,2) not null,
  constraint tax_days_once unique nulls not distinct (day, tax_id, name, rate)
);

-- Open invoices by the due date they were made with.
create table receivable_days (
  due_date date,
  invoices bigint not null,
  amount numeric(20,2) not null,
  constraint receivable_days_once unique nulls not distinct (due_date)
);

-- The due date an invoice was made with, where it was moved since. A draft is made when it is issued, and may be deleted.
create table moved_due_dates (
  invoice_id uuid primary key references invoices (id),
  due_date date not null
);
create function nadi_keep_first_due_date() returns trigger language plpgsql as $$
begin
  insert into moved_due_dates values (old.id, old.due_date) on conflict do nothing;
  return null;
end
$$;
create trigger invoices_first_due_date after update of due_date on invoices
  for each row when (old.due_date <> new.due_date and old.status <> 'draft') execute function nadi_keep_first_due_date();

-- Who owes: the pages of the report of receivables.
create index invoices_open_customer on invoices (customer_id) where status in ('unpaid', 'overdue');

create table subscription_moves (
  day date not null,
  move text not null check (move in ('new', 'back', 'cancelled', 'expired')),
  package_id uuid,
  subscriptions bigint not null,
  constraint subscription_moves_once unique nulls not distinct (day, move, package_id)
);

-- Subscriptions and what they bring a month, counted every few minutes where there are too many to count when asked.
create table subscription_figures (
  package_id uuid not null,
  area text,
  status text not null,
  subscriptions bigint not null,
  -- Active ones whose paid time ends within seven days.
  expiring_soon bigint not null,
  monthly numeric(20,2) not null,
  constraint subscription_figures_once unique nulls not distinct (package_id, area, status)
);
