-- compatible: yes
-- The vendor's signatures (The Update Framework, TUF 1.0.34): online keys, the metadata that is served, and what waits for an offline key.

-- Keys that this server may use by itself. Those of root, targets and director are files that never come here.
create table trust_keys (
  -- TUF's: SHA-256 of the public key's canonical JSON, in hex.
  id text primary key check (id ~ '^[0-9a-f]{64}$'),
  public_key jsonb not null,
  -- AES-256-GCM under the installation's key; forgotten once it signs no more.
  sealed_key text check (sealed_key is not null or state = 'retired'),
  -- new: signs not yet; current: signs; retired: signs no more, and is believed until what it signed is over; long after, tokens of it
  -- still say who asks for a new one.
  state text not null check (state in ('new', 'current', 'retired')),
  -- Somebody else may have it: it is listed no more, and nothing it signed is believed once that is live.
  compromised boolean not null default false,
  created_at timestamptz not null,
  -- Since when live root and targets both list it.
  listed_at timestamptz,
  retired_at timestamptz
);
create unique index trust_keys_current on trust_keys ((true)) where state = 'current';
create unique index trust_keys_new on trust_keys ((true)) where state = 'new';

-- Signed metadata as it is served, byte for byte. A version is never used twice; only a root that waits may still change.
create table trust_metadata (
  role text not null check (role in ('root', 'targets', 'snapshot', 'timestamp')),
  version integer not null check (version > 0),
  body bytea not null,
  -- waiting: signatures of offline keys are missing; signed: all are there, and it may go live; live: served; withdrawn: will never be.
  state text not null check (state in ('waiting', 'signed', 'live', 'withdrawn')),
  expires_at timestamptz not null,
  created_at timestamptz not null,
  primary key (role, version)
);
create unique index trust_metadata_waiting on trust_metadata (role) where state = 'waiting';
create index trust_metadata_live on trust_metadata (role, version desc) where state = 'live';

-- What is signed for one installation: what switches something off or forces code on it takes the director's offline key.
create table trust_documents (
  id uuid primary key,
  -- director: offline; online: signed as it is made.
  role text not null check (role in ('director', 'online')),
  kind text not null,
  -- The installation it is for.
  subject uuid not null,
  -- Counts up for each subject: an older one is never obeyed after a newer one.
  version bigint not null,
  -- JSON of what is signed.
  body text not null,
  signatures jsonb not null default '[]',
  -- waiting for its signatures; signed; replaced by a newer one.
  state text not null check (state in ('waiting', 'signed', 'replaced')),
  created_at timestamptz not null,
  signed_at timestamptz,
  expires_at timestamptz not null,
  unique (subject, role, kind, version)
);
create index trust_documents_waiting on trust_documents (created_at, id) where state = 'waiting';
create index trust_documents_ending on trust_documents (role, expires_at) where state = 'signed';
create unique index trust_documents_signed on trust_documents (subject, role, kind) where state = 'signed';
