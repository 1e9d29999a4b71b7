-- compatible: yes
-- Customers and packages (spec 3 §3).

-- Every run of four characters of a text, for an index that finds parts of it. Four, because threes are too common among
-- a million names and phone numbers: all digits together make only a thousand of them (ADR 6). The blank behind lets
-- the last three characters be found as the beginning of a run.
create function nadi_grams(value text) returns tsvector
language sql immutable strict parallel safe cost 1000 as $$
  select array_to_tsvector(array(
    select distinct substr(value || ' ', i, 4) from generate_series(1, greatest(length(value) - 2, 1)) i))
$$;

create table customers (
  id uuid primary key,
  name text not null,
  email text,
  phone text,
  address text,
  status text not null default 'active' check (status in ('active', 'inactive', 'suspended')),
  anonymised_at timestamptz,
  -- What part-search looks through.
  search_text text not null generated always as (
    lower(name || ' ' || coalesce(email, '') || ' ' || coalesce(phone, ''))) stored,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index customers_created_at on customers (created_at desc, id desc);
create index customers_status on customers (status, created_at desc, id desc);
create index customers_email on customers (email);
create index customers_search on customers using gin (nadi_grams(search_text));

create table packages (
  id uuid primary key,
  name text not null,
  type text not null default 'pppoe' check (type in ('pppoe', 'hotspot', 'static', 'license')),
  bandwidth text,
  burst text,
  price numeric(14,2) not null check (price >= 0),
  priority smallint default 8 check (priority between 1 and 8),
  validity_days integer not null default 30 check (validity_days between 1 and 3660),
  -- A period in calendar months instead of validity_days; its day of the month is the subscription's anchor.
  period_months smallint check (period_months between 1 and 120),
  -- Whether time spent suspended counts as used. If not, the period moves on by the days of the suspension.
  bill_suspended_time boolean not null default false,
  description text,
  is_active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint packages_bandwidth_of_network_types check (type = 'license' or bandwidth is not null)
);
create index packages_created_at on packages (created_at desc, id desc);
create index packages_type on packages (type);
create index packages_is_active on packages (is_active);

-- The start of period `k`, counted from the period that starts on `start`. Months keep the anchor's day and fall
-- back to the month's last day where it is shorter: 31 Jan, 28 Feb, 31 Mar (architecture, invariant 3).
create function nadi_period_start(start date, anchor_day integer, days integer, months integer, k integer)
returns date language sql immutable parallel safe as $$
  select case
    when months is null then start + days * k
    when k = 0 then start
    else (date_trunc('month', start::timestamp) + make_interval(months => months * k))::date
      + least(anchor_day,
          extract(day from date_trunc('month', start::timestamp) + make_interval(months => months * k + 1) - interval '1 day')::integer)
      - 1
  end
$$;
