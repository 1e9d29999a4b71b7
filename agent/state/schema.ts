/**
 * The agent's tables, each schema an upgrade of the one before it: a released one is never changed. The first four tables are spec 2's,
 * with its columns; `initiated_by` and `user_id` are texts, since the agent knows no users (decisions.md, Updates).
 */
export const schemas: readonly string[] = [
  `
  create table system_updates (
    id integer primary key,
    version text not null,
    previous_version text not null,
    update_type text not null check (update_type in ('major', 'minor', 'patch', 'hotfix')),
    status text not null check (status in ('pending', 'downloading', 'installing', 'completed', 'failed', 'rolled_back')),
    changelog text,
    download_url text,
    checksum text,
    download_size integer,
    initiated_by text not null,
    started_at text,
    completed_at text,
    failed_at text,
    error_message text,
    backup_info text check (json_valid(backup_info)),
    auto_update integer not null default 0 check (auto_update in (0, 1)),
    progress_percentage integer not null default 0 check (progress_percentage between 0 and 100),
    update_steps text not null default '[]' check (json_valid(update_steps)),
    created_at text not null,
    updated_at text not null
  ) strict;

  create table version_checks (
    id integer primary key,
    current_version text not null,
    latest_version text,
    update_available integer not null check (update_available in (0, 1)),
    check_status text not null check (check_status in ('success', 'failed')),
    error_message text,
    release_info text check (json_valid(release_info)),
    checked_at text not null
  ) strict;

  create table update_backups (
    id integer primary key,
    system_update_id integer references system_updates,
    version text not null,
    backup_type text not null check (backup_type in ('full', 'database_only', 'files_only')),
    database_backup_path text,
    files_backup_path text,
    backup_size integer not null default 0,
    is_restorable integer not null default 0 check (is_restorable in (0, 1)),
    created_at text not null,
    expires_at text,
    notes text,
    manifest text,
    verified_at text
  ) strict;

  create table update_notifications (
    id integer primary key,
    version text not null,
    notification_type text not null,
    message text not null,
    metadata text check (json_valid(metadata)),
    is_read integer not null default 0 check (is_read in (0, 1)),
    is_dismissed integer not null default 0 check (is_dismissed in (0, 1)),
    user_id text,
    read_at text,
    created_at text not null
  ) strict;

  -- What is being done now: there is at most one. Its row is written before each step and after it, so that whoever finds it knows
  -- what may have been touched.
  create table journal (
    only integer primary key check (only = 1),
    kind text not null check (kind in ('update', 'rollback', 'restore')),
    phase text not null check (phase in ('forward', 'undoing', 'committed')),
    update_id integer references system_updates,
    -- What the steps are made of, so that they can be made again.
    input text not null check (json_valid(input)),
    -- The names of the steps that have begun and were not undone, in their order.
    begun text not null default '[]' check (json_valid(begun)),
    reason text,
    started_at text not null
  ) strict;

  -- Processes started for it that may have outlived a killed agent. A process is known by its number and when it began, and what
  -- came of it by the mark in its environment.
  create table journal_children (
    pid integer primary key,
    begun text not null,
    mark text not null
  ) strict;

  -- The servers that were started on the sockets the agent holds. The one that serves stays listed when it ends: it is what should be.
  create table servers (
    id integer primary key,
    phase text not null check (phase in ('starting', 'serving', 'draining')),
    program text not null check (json_valid(program)),
    pid integer not null,
    begun text not null,
    stand_by text not null,
    started_at text not null
  ) strict;
  create unique index servers_serving on servers (phase) where phase = 'serving';

  -- What the agent remembers between its runs, by name: answers of sources, what it was told, what it has reported.
  create table memory (
    name text primary key,
    value text not null check (json_valid(value)),
    written_at text not null
  ) strict;
  `,
];

/** The fewest of these schemas that an agent must know to work with a state that has all of them. */
export const leastAgent = 1;
