-- compatible: no
-- The ledger, taxes, and what else a period's price is made of. The code before this would invoice without booking.

-- Every rupiah moves from one account to another: an entry is balanced by its form, so no sum of entries ever is not.
create table ledger_entries (
  id bigint generated always as identity primary key,
  -- The organisation's local date.
  booked_on date not null,
  debit text not null,
  credit text not null,
  amount numeric(14,2) not null check (amount > 0),
  kind text not null,
  customer_id uuid,
  invoice_id uuid,
  payment_id uuid,
  package_id uuid,
  created_at timestamptz not null,
  constraint ledger_entries_accounts check (debit <> credit
    and debit in ('receivable', 'revenue', 'late_fees', 'tax', 'cash', 'bank', 'gateway', 'customer_balance', 'deposit')
    and credit in ('receivable', 'revenue', 'late_fees', 'tax', 'cash', 'bank', 'gateway', 'customer_balance', 'deposit'))
);
create index ledger_entries_booked_on on ledger_entries (booked_on);
create index ledger_entries_customer on ledger_entries (customer_id, id);

create function nadi_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'Rows of % are never changed or deleted.', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_are_kept';
end
$$;
create trigger ledger_entries_are_kept before update or delete or truncate on ledger_entries
  for each statement execute function nadi_refuse_change();

-- The last day whose books are closed; nothing is booked on it or before.
create table ledger_closing (
  id smallint primary key default 1 check (id = 1),
  closed_until date,
  closed_at timestamptz
);
insert into ledger_closing default values;

create function nadi_refuse_closed() returns trigger language plpgsql as $$
begin
  if exists (select from added, ledger_closing c where added.booked_on <= c.closed_until) then
    raise exception 'The books of this day are closed.' using errcode = 'check_violation', constraint = 'ledger_entries_of_open_days';
  end if;
  return null;
end
$$;
create trigger ledger_entries_of_open_days after insert on ledger_entries referencing new table as added
  for each statement execute function nadi_refuse_closed();

-- What the ledger says of a customer's money, kept beside it so that two uses at once take turns.
create table customer_funds (
  customer_id uuid primary key references customers (id),
  balance numeric(14,2) not null default 0,
  deposit numeric(14,2) not null default 0,
  updated_at timestamptz not null,
  constraint customer_funds_balance check (balance >= 0),
  constraint customer_funds_deposit check (deposit >= 0)
);

-- The base is multiplied by base_numerator / base_denominator first: 12 % of 11/12 (PMK 131/2024).
create table taxes (
  id uuid primary key,
  name text not null,
  kind text not null default 'ppn' check (kind in ('ppn', 'pb1', 'other')),
  rate numeric(7,4) not null check (rate between 0 and 100),
  base_numerator smallint not null default 1 check (base_numerator > 0),
  base_denominator smallint not null default 1 check (base_denominator >= base_numerator),
  -- Whether prices contain it; otherwise it comes on top.
  inclusive boolean not null default false,
  -- Only for customers of this area; everywhere without.
  area text,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

alter table packages add column taxable boolean not null default true;
alter table customers add column tax_exempt boolean not null default false, add column area text, add column tax_number text;
create index customers_area on customers (area) where area is not null;

create table subscription_discounts (
  id uuid primary key,
  subscription_id uuid not null references subscriptions (id) on delete cascade,
  name text not null,
  kind text not null check (kind in ('amount', 'percent')),
  value numeric(14,2) not null check (value > 0),
  -- Periods it is still for; null is forever.
  periods_left smallint check (periods_left >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz,
  constraint subscription_discounts_percent check (kind <> 'percent' or value <= 100)
);
create index subscription_discounts_running on subscription_discounts (subscription_id) where ended_at is null;

-- What is invoiced with each period beside the package.
create table subscription_addons (
  id uuid primary key,
  subscription_id uuid not null references subscriptions (id) on delete cascade,
  name text not null,
  unit_price numeric(14,2) not null check (unit_price >= 0),
  quantity integer not null default 1 check (quantity between 1 and 100000),
  taxable boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz
);
create index subscription_addons_running on subscription_addons (subscription_id) where ended_at is null;

-- What the next invoice of a subscription will contain once; a negative one is a credit.
create table charges (
  id uuid primary key,
  subscription_id uuid not null references subscriptions (id) on delete cascade,
  kind text not null default 'charge' check (kind in ('charge', 'proration')),
  description text not null,
  quantity integer not null default 1 check (quantity between 1 and 100000),
  unit_price numeric(14,2) not null,
  taxable boolean not null default true,
  package_id uuid,
  invoice_id uuid,
  cancelled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index charges_pending on charges (subscription_id) where invoice_id is null and cancelled_at is null;
create index charges_invoice on charges (invoice_id) where invoice_id is not null;

alter table invoices add column tax_amount numeric(14,2) not null default 0, add column late_fee numeric(14,2) not null default 0;
alter table invoice_lines
  add column kind text not null default 'charge'
    check (kind in ('package', 'addon', 'charge', 'discount', 'proration', 'to_balance')),
  add column taxable boolean not null default true,
  -- The discount, add-on or charge it comes from.
  add column source_id uuid;
update invoice_lines set kind = 'package' where package_id is not null;

create table invoice_taxes (
  invoice_id uuid not null,
  tax_number smallint not null,
  tax_id uuid not null,
  name text not null,
  rate numeric(7,4) not null,
  base_numerator smallint not null,
  base_denominator smallint not null,
  inclusive boolean not null,
  -- After the factor: what the rate is of.
  base_amount numeric(14,2) not null,
  amount numeric(14,2) not null,
  primary key (invoice_id, tax_number)
);

-- Received above what was left to pay: it went to the customer's balance.
alter table payments add column to_balance numeric(14,2) not null default 0 check (to_balance between 0 and amount);

-- What was done before there was a ledger.
insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, invoice_id, package_id, created_at)
select (i.created_at at time zone o.timezone)::date, 'receivable', 'revenue', i.amount, 'invoice', i.customer_id, i.id, l.package_id, i.created_at
from organisation o, invoices i left join invoice_lines l on l.invoice_id = i.id and l.line_number = 1
where i.status <> 'cancelled' and i.amount > 0
order by i.created_at, i.id;
insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, invoice_id, payment_id, created_at)
select (p.payment_date at time zone o.timezone)::date,
  case p.method when 'cash' then 'cash' when 'transfer' then 'bank' when 'other' then 'bank' else 'gateway' end, 'receivable', p.amount, 'payment',
  i.customer_id, i.id, p.id, p.created_at
from organisation o, payments p join invoices i on i.id = p.invoice_id
where p.reversed_at is null
order by p.created_at, p.id;
