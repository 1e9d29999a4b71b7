-- compatible: yes
-- Licenses of what the vendor sells, and the installations that run on them.

-- What a package of the type license allows.
create table license_plans (
  package_id uuid primary key references packages (id) on delete cascade,
  features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
  -- max_users, max_subscribers, max_rooms, …: a number each.
  limits jsonb not null default '{}' check (jsonb_typeof(limits) = 'object'),
  max_nodes integer not null default 1 check (max_nodes between 1 and 1000),
  -- What happens above a limit: warn the owner, tell the vendor, or refuse more of it.
  overage text not null default 'warn' check (overage in ('warn', 'notify', 'refuse')),
  free_moves integer not null default 2 check (free_moves between 0 and 100),
  -- What pairs or moves must be this version or newer.
  min_app_version text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table licenses (
  id uuid primary key,
  customer_id uuid not null references customers (id),
  -- It follows its subscription, whose package and paid time are its own; without one the vendor gave it by hand.
  subscription_id uuid unique references subscriptions (id),
  -- The package of one without a subscription.
  package_id uuid references packages (id),
  -- SHA-256 of the key in its canonical form; none until one was drawn, which is shown once.
  key_hash text unique check (key_hash ~ '^[0-9a-f]{64}$'),
  -- Its last group, by which people tell keys apart.
  key_hint text,
  -- What a person decided goes before how the subscription stands, so neither undoes the other.
  decided text not null default 'active' check (decided in ('active', 'suspended', 'revoked')),
  subscribed text not null default 'active' check (subscribed in ('active', 'suspended', 'expired')),
  status text not null generated always as (case when decided <> 'active' then decided else subscribed end) stored,
  -- Why a person suspended or revoked it.
  status_reason text,
  -- Paid until, of one without a subscription; tokens end no later than their grace after it. None: for ever.
  valid_until timestamptz,
  -- Instead of the plan's.
  max_nodes integer check (max_nodes between 1 and 1000),
  -- Beside the plan's, key by key.
  features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
  limits jsonb not null default '{}' check (jsonb_typeof(limits) = 'object'),
  -- Further moves that the vendor granted.
  extra_moves integer not null default 0 check (extra_moves >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint licenses_of_one_kind check ((subscription_id is null) = (package_id is not null) and (subscription_id is null or valid_until is null))
);
create index licenses_customer on licenses (customer_id, created_at desc, id desc);
create index licenses_created_at on licenses (created_at desc, id desc);
create index licenses_status on licenses (status, created_at desc, id desc);
create index licenses_package on licenses (package_id);
create index licenses_key_hint on licenses (key_hint);

-- Where licenses run. A foreign app that never pairs has one from the beginning, known by its agent code alone.
create table installations (
  id uuid primary key,
  license_id uuid not null references licenses (id),
  agent_code text not null unique,
  -- Chosen by the installation itself when it was set up.
  install_id uuid,
  -- SHA-256 of the secret that the OTA wire takes in place of the key; and of the one before, until the new one was used.
  secret_hash text check (secret_hash ~ '^[0-9a-f]{64}$'),
  previous_secret_hash text check (previous_secret_hash ~ '^[0-9a-f]{64}$'),
  fingerprint text,
  -- machine_id, mac, disk, cpu, hostname: salted SHA-256 each, or null.
  components jsonb,
  -- What they are salted with: the hash of the key it paired with. Another key gives another salt.
  salted_with text,
  hostname text,
  app_version text,
  -- Of whom and what it is, as it said when it paired.
  owner jsonb,
  property jsonb,
  -- ready: an agent code that nothing paired with; paired; moved to another machine; unpaired, so that the next machine that pairs is
  -- a move; ended by the vendor.
  state text not null check (state in ('ready', 'paired', 'moved', 'unpaired', 'ended')),
  -- Serial of the newest token, and of the newest that was shown: who shows neither is a copy, or was restored from a backup.
  token_serial bigint not null default 0,
  shown_serial bigint not null default 0,
  -- The installation's own count of its heartbeats.
  counter bigint not null default 0,
  usage jsonb not null default '{}',
  paired_at timestamptz,
  -- The license's heartbeat; the OTA wire's is the fleet's.
  last_heartbeat_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index installations_license on installations (license_id, created_at desc, id desc);
create unique index installations_install_id on installations (license_id, install_id) where state = 'paired';
create index installations_created_at on installations (created_at desc, id desc);
create index installations_state on installations (state, created_at desc, id desc);

create table license_moves (
  id uuid primary key,
  license_id uuid not null references licenses (id),
  from_installation_id uuid references installations (id),
  to_installation_id uuid not null references installations (id),
  reason text not null,
  -- free of the year, or granted by the vendor.
  kind text not null check (kind in ('free', 'granted')),
  moved_at timestamptz not null
);
create index license_moves_license on license_moves (license_id, moved_at desc, id desc);

-- Subscriptions from before.
insert into licenses (id, customer_id, subscription_id, subscribed, created_at, updated_at)
select nadi_uuid(s.created_at), s.customer_id, s.id,
  case s.status when 'active' then 'active' when 'suspended' then 'suspended' else 'expired' end, s.created_at, s.created_at
from subscriptions s join packages p on p.id = s.package_id where p.type = 'license' and s.status <> 'cancelled';
