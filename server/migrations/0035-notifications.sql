-- compatible: yes
-- Messages to customers and staff: what is told to whom, how, and what came of it (spec 3, notification_settings).

create table notification_settings (
  id uuid primary key,
  channel text not null check (channel in ('telegram', 'email', 'webhook', 'slack', 'whatsapp')),
  -- Without what must stay secret, which is sealed beside it.
  config jsonb not null,
  secret text,
  events text[] not null check (cardinality(events) > 0),
  is_active boolean not null default true,
  language text check (language in ('id', 'en')),
  -- What comes within so many seconds is one message.
  digest_seconds integer not null default 60 check (digest_seconds between 0 and 86400),
  max_per_hour integer not null default 20 check (max_per_hour between 1 and 1000),
  -- Local time in which only what is critical is told; null is never.
  quiet_from time,
  quiet_to time,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint notification_settings_quiet check ((quiet_from is null) = (quiet_to is null))
);
create index notification_settings_created_at on notification_settings (created_at desc, id desc);

-- How customers are told, one row.
create table notification_rules (
  id smallint primary key default 1 check (id = 1),
  customers_enabled boolean not null default true,
  -- In the order in which they are tried.
  channels text[] not null default '{whatsapp,email}' check (channels <@ '{whatsapp,email,in_app}'),
  muted text[] not null default '{}',
  reminder_days_before smallint[] not null default '{7,3,1,0}',
  reminder_days_after smallint[] not null default '{1,3,7}',
  quiet_from time default '21:00',
  quiet_to time default '07:00',
  -- How long the text of what was sent is kept.
  text_days smallint not null default 30 check (text_days between 1 and 365),
  updated_at timestamptz,
  constraint notification_rules_quiet check ((quiet_from is null) = (quiet_to is null))
);
insert into notification_rules default values;

create table notification_preferences (
  customer_id uuid primary key references customers (id) on delete cascade,
  -- Null is as the rules say.
  channels text[] check (channels <@ '{whatsapp,email,in_app}'),
  language text check (language in ('id', 'en')),
  muted text[] not null default '{}',
  updated_at timestamptz not null
);

-- What is said instead of the texts in the code.
create table notification_templates (
  id uuid primary key,
  event text not null,
  channel text not null check (channel in ('email', 'whatsapp', 'in_app')),
  language text not null check (language in ('id', 'en')),
  subject text,
  body text not null,
  -- The template that Meta has approved, whose parameters are the variables in the order of the body.
  whatsapp_name text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint notification_templates_unique unique (event, channel, language)
);
create index notification_templates_created_at on notification_templates (created_at desc, id desc);

-- How far the tables of truth were looked through, one row. Everything made up to `seen_until` was seen. What was made up to
-- `mark_at` was seen once all transactions before `mark_xid` had ended.
create table notification_progress (
  id smallint primary key default 1 check (id = 1),
  -- What was there before is not told.
  since timestamptz,
  seen_until timestamptz,
  mark_at timestamptz,
  mark_xid bigint
);
insert into notification_progress (since)
select max(created_at) from (
  select max(created_at) as created_at from invoices union all select max(created_at) from payments
  union all select max(created_at) from billing_logs union all select max(created_at) from alert_logs) past;

-- What was noticed, so that it is told once. Rows go when they are older than anything that is looked at again.
create table notification_events (
  once_for text primary key,
  noticed_at timestamptz not null
);
create index notification_events_noticed_at on notification_events (noticed_at);

-- The outbox: a row for each message to one recipient.
create table notification_messages (
  id uuid primary key,
  event text not null,
  -- Goes first, and is not held in quiet hours.
  urgent boolean not null default false,
  customer_id uuid references customers (id) on delete cascade,
  setting_id uuid references notification_settings (id) on delete cascade,
  -- What it is of: an invoice, a payment, a subscription.
  subject_id uuid,
  channel text not null check (channel in ('telegram', 'email', 'webhook', 'slack', 'whatsapp', 'in_app')),
  -- Messages of a lane share what may fail: the mail server, or the webhook of one setting.
  lane text not null,
  -- The channels that are tried after this one, in order.
  fallbacks text[] not null default '{}',
  -- Where no customer or setting says it.
  address text,
  language text not null check (language in ('id', 'en')),
  vars jsonb not null default '{}',
  -- Variables that nobody may read; gone once it was sent.
  sealed text,
  subject text,
  body text,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'dead', 'dropped')),
  attempts smallint not null default 0,
  -- While it is being sent, until when nobody else takes it.
  next_at timestamptz not null,
  worker uuid,
  error text,
  expires_at timestamptz,
  sent_at timestamptz,
  read_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index notification_messages_due on notification_messages (lane, urgent desc, next_at) where state = 'waiting';
create index notification_messages_created_at on notification_messages (created_at desc, id desc);
create index notification_messages_state on notification_messages (state, created_at desc, id desc) where state in ('dead', 'dropped');
create index notification_messages_customer on notification_messages (customer_id, created_at desc, id desc) where customer_id is not null;
create index notification_messages_setting on notification_messages (setting_id, created_at desc) where setting_id is not null;

-- Whose text, or address, is to be forgotten some day; most rows come here when they are sent.
create index notification_messages_texts on notification_messages (created_at) where body is not null or address is not null;

-- How a lane is: one that fails rests, so that nobody waits for it.
create table notification_lanes (
  lane text primary key,
  failures integer not null default 0,
  rest_until timestamptz,
  error text,
  updated_at timestamptz not null
);

-- What a setting is still to be told, or was.
create table notification_notices (
  id uuid primary key,
  setting_id uuid not null references notification_settings (id) on delete cascade,
  event text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  alert_id uuid,
  title text,
  message text,
  meta jsonb,
  subject text,
  parent text,
  state text not null default 'waiting' check (state in ('waiting', 'told', 'left_out')),
  message_id uuid,
  told_at timestamptz,
  created_at timestamptz not null
);
create index notification_notices_waiting on notification_notices (setting_id, created_at) where state = 'waiting';
create index notification_notices_subject on notification_notices (setting_id, subject, told_at desc) where state = 'told' and subject is not null;
create index notification_notices_created_at on notification_notices (created_at);
create index notification_notices_message on notification_notices (message_id) where message_id is not null;
