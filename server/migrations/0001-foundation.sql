-- compatible: yes
-- Functions every table uses, the organisation, and the switch that refuses writes.

-- UUIDv7 (RFC 9562 §5.7): PostgreSQL 15 to 17 have none. `n` counts the rows of one statement and fills the 12
-- bits after the millisecond, running over into it (§6.2), so that ids of a set come out in order.
create function nadi_uuid(at timestamptz, n bigint) returns uuid
language sql volatile parallel safe as $$
  select encode(
    overlay(uuid_send(gen_random_uuid())
      placing substring(int8send((extract(epoch from at) * 1000)::bigint + n / 4096) from 3) || int2send((28672 + n % 4096)::smallint)
      from 1 for 8), 'hex')::uuid
$$;

create function nadi_uuid(at timestamptz) returns uuid
language sql volatile parallel safe as $$
  select nadi_uuid(at, (random() * 4095)::bigint)
$$;

create table organisation (
  id smallint primary key default 1 check (id = 1),
  name text not null,
  legal_name text,
  address text,
  phone text,
  email text,
  tax_number text,
  timezone text not null default 'Asia/Jakarta',
  language text not null default 'id' check (language in ('id', 'en')),
  currency text not null default 'IDR' check (currency = 'IDR'),
  invoice_lead_days smallint not null default 7 check (invoice_lead_days between 0 and 60),
  grace_days smallint not null default 1 check (grace_days between 0 and 90),
  updated_at timestamptz
);
insert into organisation (name) values ('Nadi');

create table system_state (
  id smallint primary key default 1 check (id = 1),
  read_only boolean not null default false,
  reason text,
  changed_at timestamptz
);
insert into system_state default values;
