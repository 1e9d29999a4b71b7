-- compatible: yes
-- What customers write to the provider.

create table tickets (
  id uuid primary key,
  customer_id uuid not null references customers (id) on delete cascade,
  subscription_id uuid references subscriptions (id) on delete set null,
  subject text not null,
  state text not null default 'open' check (state in ('open', 'waiting', 'closed')),
  assigned_to uuid references users (id) on delete set null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  closed_at timestamptz,
  check ((state = 'closed') = (closed_at is not null))
);
create index tickets_customer on tickets (customer_id, created_at desc, id desc);
create index tickets_created_at on tickets (created_at desc, id desc);
create index tickets_state on tickets (state, created_at desc, id desc);
create index tickets_assigned_to on tickets (assigned_to, created_at desc, id desc) where assigned_to is not null;
create index tickets_subscription on tickets (subscription_id) where subscription_id is not null;

create table ticket_replies (
  id uuid primary key,
  ticket_id uuid not null references tickets (id) on delete cascade,
  by text not null check (by in ('customer', 'staff')),
  user_id uuid references users (id) on delete set null,
  body text not null,
  created_at timestamptz not null,
  check (by = 'staff' or user_id is null)
);
create index ticket_replies_ticket on ticket_replies (ticket_id, created_at, id);
create index ticket_replies_user on ticket_replies (user_id) where user_id is not null;

create table ticket_attachments (
  id uuid primary key,
  reply_id uuid not null references ticket_replies (id) on delete cascade,
  position integer not null,
  filename text not null,
  -- What its bytes say it is.
  type text not null check (type in ('application/pdf', 'image/png', 'image/jpeg')),
  size integer not null,
  content bytea not null
);
-- Pictures are compressed already.
alter table ticket_attachments alter column content set storage external;
create index ticket_attachments_reply on ticket_attachments (reply_id, position);
