-- compatible: yes
-- Quota (spec 5): how much members may use in a period, and what happens then. A member is a customer.

-- Null means what the package of the longest-running subscription says, and else `regular`.
alter table customers add column membership_type text;
alter table packages add column membership_type text;
create index customers_membership_type on customers (membership_type, created_at desc, id desc) where membership_type is not null;

create table member_quota_config (
  id uuid primary key,
  membership_type text not null,
  -- In GB of 10^9 bytes, of all subscriptions of a member together.
  max_quota numeric(12,3) not null check (max_quota > 0),
  is_active boolean not null default true,
  -- `billing` is the period of the longest-running subscription.
  period text not null default 'billing' check (period in ('billing', 'month', 'day')),
  -- Percents at which somebody is told.
  notify_at smallint[] not null default '{80,100}',
  -- What happens at 100 %.
  action text not null default 'notify' check (action in ('notify', 'throttle', 'block', 'bill')),
  throttle_rate text,
  price_per_gb numeric(14,2) check (price_per_gb > 0),
  -- How much of what was left over is added to the next period, once.
  rollover_percent smallint not null default 0 check (rollover_percent between 0 and 100),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint member_quota_config_throttle check (action <> 'throttle' or throttle_rate is not null),
  constraint member_quota_config_bill check (action <> 'bill' or price_per_gb is not null)
);
create index idx_member_quota_config_membership_type on member_quota_config (membership_type);
create index idx_member_quota_config_is_active on member_quota_config (is_active);
create unique index member_quota_config_active_unique on member_quota_config (membership_type) where is_active;
create index member_quota_config_created_at on member_quota_config (created_at desc, id desc);

-- A quota of a member's own, instead of the membership type's.
create table member_quotas (
  customer_id uuid primary key references customers (id) on delete cascade,
  quota numeric(12,3) not null check (quota >= 0),
  updated_at timestamptz not null
);

create table member_quota_history (
  id bigint generated always as identity primary key,
  member_id uuid not null references customers (id) on delete cascade,
  -- In GB; null is none.
  old_quota numeric(15,3),
  new_quota numeric(15,3),
  reason text not null,
  -- Who it was; null where it happened by itself.
  user_id uuid,
  actor text not null,
  created_at timestamptz not null
);
create index idx_member_quota_history_member_id on member_quota_history (member_id, created_at desc, id desc);
create index idx_member_quota_history_reason on member_quota_history (reason, created_at desc, id desc);
create index idx_member_quota_history_created_at on member_quota_history (created_at desc, id desc);

-- Where members stand: the running period of each, as it was last looked at, and those before it. Bytes.
create table member_quota_periods (
  id uuid primary key,
  customer_id uuid not null references customers (id) on delete cascade,
  period_start date not null,
  -- The first day after it.
  period_end date not null,
  period text not null,
  membership_type text not null,
  quota_bytes bigint not null,
  topup_bytes bigint not null,
  -- From the period before.
  rollover_bytes bigint not null,
  used_bytes bigint not null,
  -- Nothing is counted against a quota that was switched off.
  state text not null check (state in ('ok', 'warned', 'exceeded', 'off')),
  -- Null while it runs.
  closed_at timestamptz,
  -- To the next period.
  carry_bytes bigint not null default 0,
  -- What its excess was charged with.
  charge_id uuid,
  created_at timestamptz not null,
  constraint member_quota_periods_unique unique (customer_id, period_start),
  constraint member_quota_periods_days check (period_start < period_end)
)
-- Room for what changes every few minutes, on the row's own page.
with (fillfactor = 70);
create index member_quota_periods_open on member_quota_periods (created_at desc, id desc) where closed_at is null;
create index member_quota_periods_not_ok on member_quota_periods (state, created_at desc, id desc) where closed_at is null and state <> 'ok';
create index member_quota_periods_end on member_quota_periods (period_end) where closed_at is null;

-- More for the period that runs.
create table member_quota_topups (
  id uuid primary key,
  customer_id uuid not null references customers (id) on delete cascade,
  period_start date not null,
  gigabytes numeric(12,3) not null check (gigabytes > 0),
  price numeric(14,2) check (price > 0),
  charge_id uuid,
  idempotency_key text constraint member_quota_topups_key_unique unique,
  user_id uuid,
  created_at timestamptz not null
);
create index member_quota_topups_period on member_quota_topups (customer_id, period_start);

-- One request to adjust many, and those it is for, fixed when it was asked.
create table quota_bulk_jobs (
  id uuid primary key,
  new_quota numeric(12,3) check (new_quota >= 0),
  reason text not null,
  state text not null check (state in ('queued', 'running', 'done')),
  total integer not null,
  done integer not null default 0,
  -- Ids that were asked for, and no customer has.
  unknown_ids jsonb not null,
  user_id uuid,
  actor text not null,
  created_at timestamptz not null,
  finished_at timestamptz
);
create index quota_bulk_jobs_open on quota_bulk_jobs (created_at, id) where state <> 'done';
create table quota_bulk_members (
  job_id uuid not null references quota_bulk_jobs (id) on delete cascade,
  customer_id uuid not null references customers (id) on delete cascade,
  adjusted_at timestamptz,
  primary key (job_id, customer_id)
);
create index quota_bulk_members_waiting on quota_bulk_members (job_id, customer_id) where adjusted_at is null;
create index quota_bulk_members_customer on quota_bulk_members (customer_id);

-- `version` counts what changes quotas, so that every server knows when what it remembers is old. `check_all`: every
-- member is to be looked at.
create table quota_state (
  id smallint primary key default 1 check (id = 1),
  version bigint not null default 1,
  check_all boolean not null default false
);
insert into quota_state default values;

-- Members to look at. A row for each reason to, never changed: whoever adds one waits for nobody.
create table quota_checks (
  id bigint generated always as identity primary key,
  customer_id uuid not null
);
create index quota_checks_customer on quota_checks (customer_id);

create function nadi_quota_in_use() returns boolean language sql stable as $$
  select exists (select from member_quota_config where is_active) or exists (select from member_quotas)
$$;

-- Whose usage grew is looked at, however it was counted.
create function nadi_mark_usage() returns trigger language plpgsql as $$
begin
  if nadi_quota_in_use() then
    insert into quota_checks (customer_id)
    select distinct s.customer_id from grown g join subscriptions s on s.id = g.subscription_id;
  end if;
  return null;
end
$$;
create trigger usage_days_added after insert on usage_days
  referencing new table as grown for each statement execute function nadi_mark_usage();
create trigger usage_days_grown after update on usage_days
  referencing new table as grown for each statement execute function nadi_mark_usage();

-- The period that a day lies in. Billing periods lie one after the other, before and after `billed_until`.
create function nadi_quota_period(kind text, billed_until date, anchor_day integer, days integer, months integer, day date,
  out starts date, out ends date)
language plpgsql immutable parallel safe as $$
declare
  anchor integer;
  k integer;
begin
  if kind = 'day' then
    starts := day;
    ends := day + 1;
  elsif kind = 'month' then
    starts := date_trunc('month', day::timestamp)::date;
    ends := (date_trunc('month', day::timestamp) + interval '1 month')::date;
  else
    anchor := case when extract(day from billed_until)
        = least(anchor_day, extract(day from date_trunc('month', billed_until::timestamp) + interval '1 month - 1 day'))
      then anchor_day else extract(day from billed_until)::integer end;
    k := case when months is null then floor((day - billed_until)::numeric / days)
      else floor(((extract(year from day) - extract(year from billed_until)) * 12
        + extract(month from day) - extract(month from billed_until)) / months) end::integer;
    if nadi_period_start(billed_until, anchor, days, months, k) > day then k := k - 1; end if;
    starts := nadi_period_start(billed_until, anchor, days, months, k);
    ends := nadi_period_start(billed_until, anchor, days, months, k + 1);
  end if;
end
$$;

-- What somebody should be told (spec 3 §3).
create table alert_logs (
  id uuid primary key,
  type text not null check (type in ('device_down', 'device_up', 'high_latency', 'packet_loss', 'payment', 'subscription', 'system',
    'quota', 'security', 'update', 'license')),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  title text not null,
  message text not null,
  meta jsonb,
  is_read boolean not null default false,
  notification_sent boolean not null default false,
  -- What it tells of, where that is told once.
  once_for text constraint alert_logs_once unique,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index alert_logs_type on alert_logs (type, created_at desc, id desc);
create index alert_logs_severity on alert_logs (severity, created_at desc, id desc);
create index alert_logs_is_read on alert_logs (is_read, created_at desc, id desc);
create index alert_logs_created_at on alert_logs (created_at desc, id desc);
