-- compatible: yes
-- People, their tokens and sessions, and what was changed by whom (spec 3 §3).

create table users (
  id uuid primary key,
  name text not null,
  email text not null check (email = lower(email)),
  email_verified_at timestamptz,
  password text not null,
  role text not null default 'operator' check (role in ('super_owner', 'admin', 'operator', 'viewer')),
  is_active boolean not null default true,
  -- Sealed with the installation's key; confirmed once the user has entered a first code.
  totp_secret text,
  totp_confirmed_at timestamptz,
  -- The last time step used, so that a code works once (RFC 6238 §5.2).
  totp_last_step bigint,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint users_email_unique unique (email)
);

create table recovery_codes (
  user_id uuid not null references users (id) on delete cascade,
  code_hash text not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

create table personal_access_tokens (
  id bigint generated always as identity primary key,
  tokenable_type text not null default 'user',
  tokenable_id uuid not null references users (id) on delete cascade,
  name text not null,
  token text not null,
  abilities jsonb,
  kind text not null default 'api' check (kind in ('api', 'session')),
  last_used_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint personal_access_tokens_token_unique unique (token)
);
create index personal_access_tokens_tokenable on personal_access_tokens (tokenable_id);

create table password_reset_tokens (
  email text primary key,
  token text not null,
  created_at timestamptz not null
);

-- Failed sign-ins by hash of what was tried, whether or not such an account exists.
create table login_throttles (
  key text primary key,
  failures integer not null,
  last_failure_at timestamptz not null,
  locked_until timestamptz
);

create table audit_logs (
  id uuid primary key,
  user_id uuid references users (id) on delete set null,
  actor text not null,
  action text not null,
  subject_type text,
  subject_id uuid,
  old_values jsonb,
  new_values jsonb,
  ip_address text,
  user_agent text,
  request_id text,
  created_at timestamptz not null
);
create index audit_logs_created_at on audit_logs (created_at desc, id desc);
create index audit_logs_subject on audit_logs (subject_id, created_at desc);
create index audit_logs_user on audit_logs (user_id, created_at desc);
create index audit_logs_action on audit_logs (action, created_at desc);
