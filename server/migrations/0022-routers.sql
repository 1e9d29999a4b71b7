-- compatible: yes
-- How routers are reached over TLS, in which code page they write names, and what RADIUS needs of them.

alter table router_settings
  -- How its certificate is judged: by an authority, by its fingerprint, or not at all; anonymous is TLS without one.
  add column tls_trust text not null default 'fingerprint' check (tls_trust in ('authority', 'fingerprint', 'anonymous', 'none')),
  -- SHA-256 of its certificate, 64 hexadecimal digits in lower case.
  add column tls_fingerprint text check (tls_fingerprint ~ '^[0-9a-f]{64}$'),
  -- Of names that are not UTF-8.
  add column code_page text not null default 'windows-1252',
  -- Sealed as the password is.
  add column radius_secret text,
  -- Where it takes CoA and Disconnect requests: 1700 is MikroTik's, 3799 that of RFC 5176.
  add column coa_port integer not null default 3799 check (coa_port between 1 and 65535);
create unique index router_settings_name_unique on router_settings (lower(name));
create unique index router_settings_place_unique on router_settings (lower(host), port);
create index router_settings_created_at on router_settings (created_at desc, id desc);
