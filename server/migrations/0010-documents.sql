-- compatible: yes
-- The organisation's logo, printed on its documents. It stands apart from the organisation's row, which almost every
-- request reads for its time zone.

create table organisation_logo (
  organisation_id smallint primary key default 1 references organisation (id) check (organisation_id = 1),
  media_type text not null check (media_type in ('image/png', 'image/jpeg')),
  image bytea not null check (octet_length(image) between 1 and 307200),
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  updated_at timestamptz not null
);
