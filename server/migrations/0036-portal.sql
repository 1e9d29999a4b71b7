-- compatible: yes
-- The customers' own sign-in, and what they ask for.

-- A phone number in digits with its country, however it is written: 0812…, +62 812-…, 62812… and 812… are one.
-- In PL/pgSQL, which takes a sixth of the time that a SQL function would: a million numbers are indexed in ten seconds.
create function nadi_phone(written text) returns text language plpgsql immutable parallel safe strict as $$
declare
  dialled text := regexp_replace(written, '[^0-9+]', '', 'g');
  number text := case
    when dialled like '+%' then substr(dialled, 2)
    when dialled like '00%' then substr(dialled, 3)
    when dialled like '0%' then '62' || substr(dialled, 2)
    when dialled ~ '^8[0-9]{8,11}$' then '62' || dialled
    else dialled end;
begin
  -- +62 (0)812…
  if number like '620%' then number := '62' || substr(number, 4); end if;
  return case when number ~ '^[1-9][0-9]{7,14}$' then number end;
end $$;
create index customers_phone on customers (nadi_phone(phone)) where phone is not null;

create table portal_accounts (
  customer_id uuid primary key references customers (id) on delete cascade,
  password text
);

create table customer_tokens (
  id bigint generated always as identity primary key,
  customer_id uuid not null references customers (id) on delete cascade,
  -- The e-mail address, or the phone number in digits, that was proved: it works as long as that is the customer's.
  contact text not null,
  -- Whether a code or a password proved it.
  proof text not null check (proof in ('code', 'password')),
  token text not null,
  ip_address text not null,
  -- Whoever signed in before from here is not locked out by failures from elsewhere.
  network text not null,
  user_agent text,
  last_used_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  constraint customer_tokens_token_unique unique (token)
);
create index customer_tokens_customer on customer_tokens (customer_id);
create index customer_tokens_contact on customer_tokens (contact);
create index customer_tokens_expires on customer_tokens (expires_at);

-- One for each purpose: the newest code alone works.
create table portal_codes (
  purpose text primary key,
  contact text not null,
  code_hash text not null,
  -- Sent within an hour: each one makes the wait for the next longer.
  sends integer not null,
  sent_at timestamptz not null,
  expires_at timestamptz not null
);
create index portal_codes_sent on portal_codes (sent_at);

-- What customers may ask to change to.
alter table packages add column in_portal boolean not null default false;

create table package_requests (
  id uuid primary key,
  customer_id uuid not null references customers (id) on delete cascade,
  subscription_id uuid not null references subscriptions (id) on delete cascade,
  package_id uuid not null references packages (id) on delete cascade,
  "when" text not null check ("when" in ('now', 'renewal')),
  -- As the customer was shown it.
  to_pay numeric(14, 2) not null,
  to_balance numeric(14, 2) not null,
  note text,
  state text not null default 'open' check (state in ('open', 'approved', 'refused', 'withdrawn')),
  reason text,
  decided_by uuid references users (id) on delete set null,
  decided_at timestamptz,
  created_at timestamptz not null,
  check ((state = 'open') = (decided_at is null))
);
create unique index package_requests_open on package_requests (subscription_id) where state = 'open';
create index package_requests_customer on package_requests (customer_id, created_at desc, id desc);
create index package_requests_state on package_requests (state, created_at desc, id desc);
create index package_requests_created_at on package_requests (created_at desc, id desc);
create index package_requests_subscription on package_requests (subscription_id);
create index package_requests_package on package_requests (package_id);
create index package_requests_decided_by on package_requests (decided_by) where decided_by is not null;
