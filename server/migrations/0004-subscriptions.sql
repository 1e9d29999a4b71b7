-- compatible: yes
-- Subscriptions and the PPPoE and hotspot accounts behind them (spec 3 §3).

create table subscriptions (
  id uuid primary key,
  customer_id uuid not null references customers (id) on delete cascade,
  package_id uuid not null references packages (id),
  -- Required for the network types of a package; unique while in use, across all routers (RADIUS needs it).
  mikrotik_username text,
  start_date date not null,
  -- The first unpaid day (decisions.md, Billing: periods are half-open).
  end_date date not null,
  -- The first day not yet invoiced; never before end_date.
  billed_until date not null,
  -- Day of the month on which calendar-month periods start.
  anchor_day smallint not null check (anchor_day between 1 and 31),
  status text not null default 'active' check (status in ('active', 'suspended', 'expired', 'cancelled')),
  auto_renew boolean not null default true,
  local_address text,
  remote_address text,
  profile text,
  comment text,
  -- The local date of the suspension that holds now, and what it was for: unpaid invoices lift only their own.
  suspended_on date,
  suspended_for text check (suspended_for in ('overdue', 'manual')),
  -- Someone resumed it although invoices are overdue: the run leaves it alone until then.
  suspend_not_before date,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint subscriptions_dates check (start_date <= end_date and end_date <= billed_until),
  constraint subscriptions_suspension check ((status = 'suspended') = (suspended_on is not null and suspended_for is not null)),
  constraint subscriptions_customer unique (id, customer_id)
)
-- Many providers bill everyone on one day. Half-empty pages let that update stay on its pages (HOT), so that it need
-- not touch a single index.
with (fillfactor = 50);
create unique index subscriptions_mikrotik_username_unique on subscriptions (mikrotik_username) where status <> 'cancelled';
create index subscriptions_created_at on subscriptions (created_at desc, id desc);
create index subscriptions_end_date on subscriptions (end_date) where status = 'active';
create index subscriptions_customer_status on subscriptions (customer_id, status);
create index subscriptions_package on subscriptions (package_id);
create index subscriptions_status on subscriptions (status, created_at desc, id desc);

-- CHAP needs these passwords clear, so they stand in this one table, which only the server and later the views of
-- the role nadi_radius read (decisions.md, Network).
create table mikrotik_secrets (
  id uuid primary key,
  customer_id uuid references customers (id) on delete set null,
  subscription_id uuid unique references subscriptions (id) on delete cascade,
  username text not null,
  password text not null,
  service text not null default 'pppoe' check (service in ('pppoe', 'hotspot', 'any')),
  profile text,
  local_address text,
  remote_address text,
  comment text,
  disabled boolean not null default false,
  mikrotik_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint mikrotik_secrets_username_unique unique (username)
);
create index mikrotik_secrets_customer on mikrotik_secrets (customer_id);
create index mikrotik_secrets_service on mikrotik_secrets (service);
create index mikrotik_secrets_disabled on mikrotik_secrets (disabled);
