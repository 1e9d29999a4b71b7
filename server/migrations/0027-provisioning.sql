-- compatible: yes
-- What each router is to hold: intents, written with the business change, and how far each router has come.

-- Null is the default router.
alter table customers add column router_id uuid constraint customers_router_id_fkey references router_settings (id);
create index customers_router on customers (router_id) where router_id is not null;

-- The profile of a router whose addresses Nadi's own profiles take over when they are made.
alter table router_settings add column template_profile text not null default 'default',
  -- Who dials is asked of RADIUS: the router holds no users of Nadi's, which would go before it.
  add column use_radius boolean not null default false,
  add constraint router_settings_use_radius check (not use_radius or radius_secret is not null);

-- Whose a static address was, and is.
create index subscriptions_remote_address on subscriptions (remote_address) where remote_address is not null;

-- One row for each subscription on each router that holds, or is to hold, something of it. What that is, is read from the
-- subscription when the router is served: nothing is copied here that could drift. No foreign key to subscriptions: a
-- deleted one must still be taken off.
create table provisioning_intents (
  -- What lists go on after.
  id uuid not null default gen_random_uuid(),
  subscription_id uuid not null,
  router_id uuid not null constraint provisioning_intents_router_id_fkey references router_settings (id),
  -- Counts the changes that matter to the router.
  version bigint not null default 1,
  -- Since when it waits, while it does.
  changed_at timestamptz not null,
  -- The version that the router was seen to hold.
  verified_version bigint not null default 0,
  verified_at timestamptz,
  attempts integer not null default 0,
  -- Not tried again before that.
  retry_at timestamptz,
  last_error text,
  error_detail text,
  -- The entry as it was last written: in which menu, by which name, of which profile.
  kind text check (kind in ('pppoe', 'hotspot', 'static')),
  name text,
  profile text,
  state text check (state in ('on', 'off', 'isolated', 'blocked')),
  -- Its session still runs as it was before, and must be ended.
  must_drop boolean not null default false,
  -- An entry of this name that is not Nadi's may be taken over.
  adopt boolean not null default false,
  -- The version of which somebody approved that it takes customers off in a mass.
  approved_version bigint,
  primary key (subscription_id, router_id)
) with (fillfactor = 70);
create index provisioning_intents_waiting on provisioning_intents (router_id, changed_at) where verified_version <> version;
create index provisioning_intents_isolated on provisioning_intents (router_id, name) where state = 'isolated';
create index provisioning_intents_router on provisioning_intents (router_id);

create table router_states (
  router_id uuid primary key references router_settings (id) on delete cascade,
  state text not null default 'new' check (state in ('new', 'ok', 'unreachable', 'refused', 'held')),
  since timestamptz not null,
  last_pass_at timestamptz,
  next_sweep_at timestamptz,
  failures integer not null default 0,
  next_attempt_at timestamptz,
  error_en text,
  error_id text,
  passes bigint not null default 0,
  writes bigint not null default 0,
  -- Entries with Nadi's mark whose subscription is not known here, at the last sweep.
  orphans integer not null default 0,
  -- Who serves it now and until when nobody else may; `again` asks whoever does to look once more.
  worker text,
  lease_until timestamptz,
  again boolean not null default false
);
