-- compatible: yes
-- Routers (spec 3 §3). The password is sealed with the installation's key.

create table router_settings (
  id uuid primary key,
  name text not null default 'Main Router',
  host text not null,
  port integer not null default 8728 check (port between 1 and 65535),
  username text not null,
  password text not null,
  ssl boolean not null default false,
  is_active boolean not null default true,
  is_default boolean not null default false,
  last_connected_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index router_settings_one_default on router_settings (is_default) where is_default;
