-- compatible: yes
-- Releases: what is in them, and the ways from one to another.

-- What the store holds, by SHA-256. A row is there before its blob, and as long: what nothing refers to goes a day later.
create table release_blobs (
  hash text primary key check (hash ~ '^[0-9a-f]{64}$'),
  size bigint not null check (size >= 0),
  -- When somebody last set out to store it.
  touched_at timestamptz not null
);
create index release_blobs_touched_at on release_blobs (touched_at);

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
  manifest_hash text references release_blobs (hash),
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
create index releases_manifest_hash on releases (manifest_hash);

-- Counts up with every change of a release, so that what is offered can be remembered.
create table release_state (
  only_row boolean primary key default true check (only_row),
  version bigint not null
);
insert into release_state (version) values (0);

create function nadi_releases_changed() returns trigger language plpgsql as $$
begin
  update release_state set version = version + 1;
  return null;
end $$;
create trigger releases_changed after insert or update or delete on releases
  for each statement execute function nadi_releases_changed();

-- The ways of a release, whoever asks: what is signed is not changed, what was offered is not forgotten.
create function nadi_release_moves() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.state = 'draft' then return old; end if;
  elsif old.state = 'draft' and new.state in ('draft', 'signed') then
    if new.state = 'draft' or new.manifest_hash is not null then return new; end if;
  elsif (old.state, new.state) in (
      ('signed', 'published'), ('signed', 'yanked'), ('published', 'held'), ('held', 'published'), ('published', 'yanked'), ('held', 'yanked'),
      ('signed', 'draft'))
    and (old.version, old.channel, old.min_version, old.is_floor, old.changelog, old.has_migrations, old.compatible, old.force, old.components, old.manifest_hash)
      is not distinct from
        (new.version, new.channel, new.min_version, new.is_floor, new.changelog, new.has_migrations, new.compatible, new.force, new.components, new.manifest_hash)
  then
    return new;
  end if;
  raise exception 'a release cannot go from % to %', old.state, coalesce(new.state, 'nothing')
    using errcode = 'check_violation', constraint = 'releases_moves';
end $$;
create trigger releases_moves before update or delete on releases
  for each row execute function nadi_release_moves();

create table release_files (
  release_id uuid not null references releases (id) on delete cascade,
  path text not null collate "C",
  hash text not null references release_blobs (hash),
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
  hash text not null references release_blobs (hash),
  size bigint not null check (size >= 0),
  -- [{action, path}]: what of the old tree changes.
  changes jsonb not null default '[]',
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  unique nulls not distinct (from_release_id, to_release_id, kind)
);
create index release_patches_to on release_patches (to_release_id);
create index release_patches_hash on release_patches (hash);
create index release_patches_last_used_at on release_patches (last_used_at);
