-- compatible: yes
-- The fleet: what installations say of themselves, what they are told, and how releases reach them.

-- A share of 0 to 1 that an id has for good, the same on every node.
create function nadi_lot(id uuid) returns double precision -- not money
language sql immutable parallel safe as
$$ select ('x' || substr(md5(id::text), 1, 13))::bit(52)::bigint / 4503599627370496.0::double precision $$; -- not money

create table fleet_installations (
  installation_id uuid primary key references installations (id) on delete cascade,
  version text,
  -- php, laravel, node, os, server, …: as it was told, at most 4 KiB.
  client_info jsonb not null default '{}',
  -- What of it tells one environment from another, such as "php 8.2, linux".
  environment text not null default 'unknown',
  channel text not null default 'stable' check (channel in ('stable', 'beta', 'alpha')),
  -- Names by which rollouts choose.
  cohorts text[] not null default '{}',
  -- Local hours in which it may be updated; null: always.
  window_from time,
  window_until time,
  first_seen_at timestamptz,
  last_heartbeat_at timestamptz,
  last_check_at timestamptz,
  -- What its last check was told of: the ZIP that a download gives.
  offered_version text,
  offered_from text,
  offered_checksum text check (offered_checksum ~ '^[0-9a-f]{64}$'),
  offered_at timestamptz,
  -- Failures since the last success: what failed is not offered again, and the installation rests longer each time.
  failures integer not null default 0,
  failed_versions text[] not null default '{}',
  rests_until timestamptz,
  -- What it said of itself before the last change. Two machines with one agent code go back and forth between two answers.
  previous_info jsonb,
  flips integer not null default 0,
  flipped_at timestamptz,
  -- Fixed share of 0 to 1 by which percentages choose.
  lot double precision not null check (lot >= 0 and lot < 1), -- not money
  created_at timestamptz not null,
  updated_at timestamptz not null
-- Heartbeats change no indexed column and find room on their page, so that an index has no part in them. Who is late is found by
-- reading the table: thirty milliseconds of 100,000 rows, against an index entry for each heartbeat.
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.1);
create index fleet_installations_version on fleet_installations (version);
create index fleet_installations_created_at on fleet_installations (created_at desc, installation_id desc);

-- What each is told until it is told otherwise.
create table fleet_directives (
  installation_id uuid primary key references installations (id) on delete cascade,
  disabled boolean not null default false,
  suspended boolean not null default false,
  force_version text,
  server_message text,
  reason text,
  updated_at timestamptz not null
);

create table fleet_reports (
  id bigint generated always as identity primary key,
  installation_id uuid not null references installations (id) on delete cascade,
  version text not null,
  from_version text,
  status text not null check (status in ('success', 'failed', 'silent', 'rolled_back')),
  error text,
  environment text not null,
  -- Since it was first offered.
  seconds double precision, -- not money
  created_at timestamptz not null
);
create index fleet_reports_installation on fleet_reports (installation_id, id desc);
create index fleet_reports_version on fleet_reports (version, status, created_at);
create index fleet_reports_created_at on fleet_reports (created_at desc, id desc);

create table rollouts (
  id uuid primary key,
  release_id uuid not null references releases (id),
  -- [{name, percent?, count?, cohorts, window_from, window_until, soak_minutes, needs_approval, least_judged, most_failed}]
  stages jsonb not null,
  stage integer not null default 0,
  -- waiting for its start or an approval; running; halted by itself or by a person; done; undone: those who took it are offered the way back.
  state text not null check (state in ('waiting', 'running', 'halted', 'done', 'undone')),
  state_reason text,
  stage_since timestamptz,
  -- Failures before were looked at by a person, who let it go on.
  counted_from timestamptz,
  starts_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz
);
create unique index rollouts_open on rollouts (release_id) where state in ('waiting', 'running', 'halted');
create index rollouts_created_at on rollouts (created_at desc, id desc);

-- Whom a rollout reached, and what came of it.
create table rollout_members (
  rollout_id uuid not null references rollouts (id) on delete cascade,
  installation_id uuid not null references installations (id) on delete cascade,
  stage integer not null,
  from_version text,
  environment text not null,
  -- offered: drawn; told: its check was answered with it; updated: runs it; then what came of it.
  state text not null check (state in ('offered', 'told', 'updated', 'healthy', 'failed', 'silent', 'rolled_back')),
  offered_at timestamptz not null,
  -- When it was last told of it, or fetched it.
  taken_at timestamptz,
  updated_at timestamptz,
  -- When it was found healthy, failed or silent.
  settled_at timestamptz,
  primary key (rollout_id, installation_id)
);
create index rollout_members_installation on rollout_members (installation_id);

-- How many installations ran which version, by local day.
create table fleet_days (
  day date not null,
  version text not null,
  installations integer not null check (installations >= 0),
  primary key (day, version)
);
