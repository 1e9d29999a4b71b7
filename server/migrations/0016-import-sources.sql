-- compatible: yes
-- What each imported row was where it came from, so that an import that is run again passes it over.

create table import_sources (
  -- 'csv', or a database: 'phpnuxbill:nuxbill@192.0.2.1'.
  source text not null,
  kind text not null check (kind in ('customer', 'package', 'subscription', 'invoice', 'payment', 'balance')),
  source_id text not null,
  -- Of our row. Rows here outlive it: what was deleted on purpose does not come back.
  id uuid not null,
  created_at timestamptz not null,
  primary key (source, kind, source_id)
);
-- Whether a row of ours was imported.
create index import_sources_id on import_sources (id);
