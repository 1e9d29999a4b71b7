-- compatible: yes
-- Releases: what is in them, and the ways from one to another.

create table releases (
  id uuid primary key,
  -- Semantic version 2.0.0 without build metadata.
  version text not null unique,
  -- Sorts as semver does: numbers padded, and what has no pre-release after what has.
  sort_key text not null collate "C",
  channel text not null check (channel in ('stable', 'beta', 'alpha')),
  -- draft: may be changed; signed: the offline targets key has signed its manifest; published: offered; held: offered to nobody for now;
  -- yanked: never offered again.
  state text not null default 'draft' check (state in ('draft', 'signed', 'published', 'held', 'yanked')),
  state_reason text,
  -- Who is below it takes another release first.
  min_version text,
  -- Below them nobody may stay: whoever is has to update.
  is_floor boolean not null default false,
  changelog text not null default '',
  has_migrations boolean not null default false,
  -- The version before may run on its database.
  compatible boolean not null default true,
  force boolean not null default false,
  -- Names of path groups that may be taken alone: {"name": ["prefix/", …]}.
  components jsonb not null default '{}',
  -- SHA-256 and size of the manifest, a blob of the store.
  manifest_hash text check (manifest_hash ~ '^[0-9a-f]{64}$'),
  manifest_size bigint,
  files integer not null default 0,
  -- Of its files together.
  bytes bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  published_at timestamptz
);
create index releases_created_at on releases (created_at desc, id desc);
create index releases_offered on releases (sort_key desc) where state = 'published';

create table release_files (
  release_id uuid not null references releases (id) on delete cascade,
  path text not null collate "C",
  -- Of the blob in the store.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size >= 0),
  executable boolean not null default false,
  primary key (release_id, path)
);
create index release_files_hash on release_files (hash);

-- Ways from one release to another, made when first asked for and kept.
create table release_patches (
  id uuid primary key,
  -- None: the whole release, from nothing.
  from_release_id uuid references releases (id) on delete cascade,
  to_release_id uuid not null references releases (id) on delete cascade,
  -- zip: changed files as spec 1 has them; delta: the whole tree with the old one as dictionary; full: every file.
  kind text not null check (kind in ('zip', 'delta', 'full')),
  -- Of the blob in the store.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size >= 0),
  -- [{action, path}]: what of the old tree changes.
  changes jsonb not null default '[]',
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  unique nulls not distinct (from_release_id, to_release_id, kind)
);
create index release_patches_to on release_patches (to_release_id);
