-- compatible: yes
-- Usage and sessions by the routers' own API.

-- How the last look at each router went.
create table usage_polls (
  router_id uuid primary key references router_settings (id) on delete cascade,
  state text not null default 'new' check (state in ('new', 'ok', 'unreachable', 'refused')),
  failures integer not null default 0,
  error_en text,
  error_id text,
  -- When it was last read; a session with this `seen_at` was there then.
  polled_at timestamptz,
  -- Not read again before that.
  next_at timestamptz,
  -- Who reads it now, and until when nobody else may.
  worker text,
  lease_until timestamptz
);

-- Counters of sessions, and of queues of static addresses, as they were last read: what is above them is counted next.
-- A row stays for a while after its session is gone, so that one that was left out of an answer is not counted anew.
create table usage_counters (
  -- Above every number of radacct, since both stand in one list.
  id bigint not null generated always as identity (start with 100000000000000000),
  router_id uuid not null references router_settings (id) on delete cascade,
  kind text not null check (kind in ('pppoe', 'hotspot', 'static')),
  -- The router's id of the session; of a queue, the subscription in its mark.
  key text not null,
  username text not null,
  subscription_id uuid references subscriptions (id) on delete set null,
  address text,
  caller_id text,
  started_at timestamptz not null,
  -- How many seconds the router was up when the session began, and when it was last seen: its own clock alone tells whether
  -- it began anew.
  began bigint not null,
  router_uptime bigint not null,
  -- From the subscriber, and to the subscriber.
  bytes_in bigint not null,
  bytes_out bigint not null,
  seen_at timestamptz not null,
  primary key (router_id, kind, key)
)
-- Room for the counters, which change every few minutes, on the row's own page.
with (fillfactor = 70);
create unique index usage_counters_id on usage_counters (id);
create index usage_counters_subscription on usage_counters (subscription_id);
create index usage_counters_started on usage_counters (started_at desc, id desc) where kind <> 'static';
