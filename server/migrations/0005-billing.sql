-- compatible: yes
-- Invoices, their lines and numbers, payments, and the log of what billing did (spec 3 §3).

create table invoices (
  id uuid primary key,
  -- In the C collation, so that the unique index also finds by the beginning of a number.
  invoice_number text collate "C" not null,
  customer_id uuid not null,
  -- Invoices may stand without a subscription (decisions.md, Billing).
  subscription_id uuid,
  -- The customer where no subscription vouches for it: so each invoice is checked once, not twice.
  standalone_customer_id uuid generated always as (case when subscription_id is null then customer_id end) stored
    references customers (id),
  -- The half-open period a renewal pays for; null for other invoices.
  period_start date,
  period_end date,
  amount numeric(14,2) not null check (amount >= 0),
  amount_paid numeric(14,2) not null default 0 check (amount_paid between 0 and amount),
  due_date date not null,
  status text not null default 'unpaid' check (status in ('unpaid', 'paid', 'overdue', 'cancelled')),
  payment_reference text,
  payment_url text,
  midtrans_order_id text,
  midtrans_transaction_id text,
  notes text,
  paid_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint invoices_invoice_number_unique unique (invoice_number),
  constraint invoices_subscription_of_customer foreign key (subscription_id, customer_id) references subscriptions (id, customer_id),
  constraint invoices_period check ((period_start is null) = (period_end is null) and period_start < period_end)
);
-- One invoice per subscription and period (architecture, invariant 1).
create unique index invoices_period_unique on invoices (subscription_id, period_start) where status <> 'cancelled';
create index invoices_created_at on invoices (created_at desc, id desc);
create index invoices_customer on invoices (customer_id, created_at desc);
create index invoices_status on invoices (status, created_at desc, id desc);
create index invoices_open on invoices (due_date, subscription_id) where status in ('unpaid', 'overdue');
create index invoices_midtrans_order_id on invoices (midtrans_order_id) where midtrans_order_id is not null;

-- Written by the statement that writes their invoice, and never without it. Checking each by a foreign key would cost
-- a tenth of a renewal; that no invoice ever goes is promised by the trigger below instead.
create table invoice_lines (
  invoice_id uuid not null,
  line_number smallint not null,
  description text not null,
  quantity integer not null default 1 check (quantity between 1 and 100000),
  unit_price numeric(14,2) not null,
  amount numeric(14,2) not null,
  package_id uuid,
  primary key (invoice_id, line_number)
);

-- The last number given on each local date. Its row is locked until the invoices stand, so none is skipped.
create table invoice_counters (
  issued_on date primary key,
  last_number integer not null check (last_number >= 0)
);

create table payments (
  id uuid primary key,
  invoice_id uuid not null references invoices (id),
  amount numeric(14,2) not null check (amount > 0),
  method text not null default 'cash'
    check (method in ('cash', 'transfer', 'midtrans', 'qris', 'gopay', 'ovo', 'dana', 'xendit', 'balance', 'other')),
  transaction_id text,
  midtrans_transaction_id text,
  midtrans_status text check (midtrans_status in ('pending', 'settlement', 'capture', 'deny', 'cancel', 'expire', 'refund',
    'partial_refund', 'chargeback', 'partial_chargeback', 'authorize')),
  midtrans_response jsonb,
  payment_date timestamptz not null,
  notes text,
  received_by uuid references users (id) on delete set null,
  reversed_at timestamptz,
  reversal_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index payments_created_at on payments (created_at desc, id desc);
create index payments_invoice on payments (invoice_id);
create index payments_method on payments (method, created_at desc, id desc);
create index payments_payment_date on payments (payment_date);
create index payments_midtrans_transaction_id on payments (midtrans_transaction_id) where midtrans_transaction_id is not null;

-- Invoices and payments are voided and reversed, never deleted (decisions.md, Billing).
create function nadi_refuse_delete() returns trigger language plpgsql as $$
begin
  raise exception 'Rows of % are never deleted.', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_are_kept';
end
$$;
create trigger invoices_are_kept before delete on invoices for each statement execute function nadi_refuse_delete();
create trigger payments_are_kept before delete on payments for each statement execute function nadi_refuse_delete();

-- What billing did, a row per subscription and act. Rows outlive what they tell of, so nothing is referenced.
create table billing_logs (
  id uuid primary key,
  subscription_id uuid,
  invoice_id uuid,
  run_id uuid,
  action text not null,
  message text not null,
  meta jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index billing_logs_created_at on billing_logs (created_at desc, id desc);
create index billing_logs_subscription on billing_logs (subscription_id, created_at desc);
create index billing_logs_action on billing_logs (action, created_at desc);
