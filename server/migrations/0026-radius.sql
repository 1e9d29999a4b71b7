-- compatible: yes
-- RADIUS: what FreeRADIUS reads and writes. It reads views over subscriptions, so nothing is copied and nothing can drift,
-- and it writes through functions: the role nadi_radius, made by `nadi radius:config`, needs no right on any table.

-- The servers that routers ask (spec 3 §3). The secret is what Nadi's own test shares with it; it is sealed.
create table radius_settings (
  id uuid primary key,
  host text not null,
  port integer not null default 1812 check (port between 1 and 65535),
  secret text not null,
  nas_identifier text not null default 'mikrotik',
  enabled boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index radius_settings_place_unique on radius_settings (lower(host), port);
create index radius_settings_created_at on radius_settings (created_at desc, id desc);

-- What becomes of a blocked subscriber: no access, or a network of its own that leads to a notice page (isolir).
alter table organisation
  add column suspend_mode text not null default 'disable' constraint organisation_suspend_mode check (suspend_mode in ('disable', 'isolir')),
  add column isolir_profile text not null default 'nadi-isolir',
  add column isolir_pool text,
  add column isolir_address_list text not null default 'nadi-isolir',
  add column isolir_rate text default '512k/512k';

-- RouterOS's rate limit: rx/tx burst threshold burst-time priority, where rx is what the subscriber sends; a bandwidth is
-- written upload/download, which is the same order. A burst is spec 3's "limit threshold priority time", or without the last
-- RouterOS's "limit threshold time"; the package's own priority counts. Null where bandwidth is not in the grammar.
create function nadi_rate_limit(bandwidth text, burst text, priority integer) returns text
language plpgsql immutable parallel safe as $$
declare
  rate constant text := '^[0-9]{1,9}[kMG]?(/[0-9]{1,9}[kMG]?)?$';
  word text[] := regexp_split_to_array(btrim(coalesce(burst, '')), '\s+');
  times text := coalesce(word[4], word[3], '1');
  rank text := coalesce(priority, 8)::text;
begin
  if bandwidth is null or bandwidth !~ rate then return null; end if;
  if word[1] !~ rate or coalesce(word[2], bandwidth) !~ rate or replace(times, 's', '') !~ '^[0-9]{1,5}(/[0-9]{1,5})?$' then
    return nadi_pair(bandwidth) || case when rank = '8' then '' else ' 0/0 0/0 0/0 ' || rank end;
  end if;
  return concat_ws(' ', nadi_pair(bandwidth), nadi_pair(word[1]), nadi_pair(coalesce(word[2], bandwidth)),
    nadi_pair(replace(times, 's', '')), nullif(rank, '8'));
end
$$;
-- A missing tx equals rx.
create function nadi_pair(value text) returns text language sql immutable parallel safe as $$
  select case when strpos(value, '/') > 0 then value else value || '/' || value end
$$;

-- The slower of two rates without a burst, in each direction; 0 is no limit, and null leaves the first.
create function nadi_slower(one text, other text) returns text language sql immutable parallel safe as $$
  select string_agg(case when other is null or coalesce(a.bits <= b.bits, b.bits is null) then a.rate else b.rate end, '/' order by side)
  from generate_series(1, 2) side
    cross join lateral (select split_part(nadi_pair(one), '/', side) as rate) x
    cross join lateral (select x.rate, nullif(rtrim(x.rate, 'kMG')::numeric, 0)
      * case right(x.rate, 1) when 'k' then 1000 when 'M' then 1000000 when 'G' then 1000000000 else 1 end as bits) a
    cross join lateral (select split_part(nadi_pair(other), '/', side) as rate) y
    cross join lateral (select y.rate, nullif(rtrim(y.rate, 'kMG')::numeric, 0)
      * case right(y.rate, 1) when 'k' then 1000 when 'M' then 1000000 when 'G' then 1000000000 else 1 end as bits) b
$$;

alter table packages
  add column ip_pool text,
  add column ipv6_pool text,
  add column delegated_ipv6_pool text,
  -- How many devices may be online at once with one account; null is no limit.
  add column max_sessions smallint constraint packages_max_sessions check (max_sessions between 1 and 100),
  add column rate_limit text generated always as (nadi_rate_limit(bandwidth, burst, priority)) stored;

alter table subscriptions
  add column ipv6_prefix text,
  add column delegated_ipv6_prefix text;

-- Who gets less than their package gives, as a quota that is used up asks for.
create table subscription_limits (
  subscription_id uuid primary key references subscriptions (id) on delete cascade,
  -- As a subscription that is suspended.
  blocked boolean not null,
  -- Instead of the package's; null leaves it.
  rate_limit text,
  reason text not null,
  created_at timestamptz not null
);

-- Open sessions and those that ended lately, in the columns FreeRADIUS is known by.
create table radacct (
  radacctid bigint generated always as identity primary key,
  acctsessionid text not null,
  acctuniqueid text not null constraint radacct_acctuniqueid_unique unique,
  username text not null,
  nasipaddress inet,
  nasportid text,
  nasporttype text,
  acctstarttime timestamptz not null,
  acctupdatetime timestamptz not null,
  acctstoptime timestamptz,
  acctsessiontime bigint not null,
  -- From the subscriber, and to the subscriber.
  acctinputoctets bigint not null,
  acctoutputoctets bigint not null,
  calledstationid text,
  callingstationid text,
  acctterminatecause text,
  servicetype text,
  framedprotocol text,
  framedipaddress inet,
  framedipv6address inet,
  framedipv6prefix inet,
  delegatedipv6prefix inet,
  -- What it was let in with: the attribute Class, which the router sends back.
  class text not null,
  router_id uuid,
  subscription_id uuid,
  -- Ended by Nadi because nothing was heard of it; a sign of life opens it again.
  lost boolean not null default false,
  -- What of its counters is in usage_days, and until when.
  counted_input bigint not null default 0,
  counted_output bigint not null default 0,
  counted_until timestamptz not null
)
-- Room for the counters, which change every few minutes, on the row's own page.
with (fillfactor = 70);
create index radacct_subscription on radacct (subscription_id);
create index radacct_open_router on radacct (router_id) where acctstoptime is null;
create index radacct_open_user on radacct (username) where acctstoptime is null;
create index radacct_open on radacct (acctstarttime desc, radacctid desc) where acctstoptime is null;

create table radacct_archive (like radacct) partition by range (acctstoptime);
create index radacct_archive_unique on radacct_archive (acctuniqueid);
create index radacct_archive_subscription on radacct_archive (subscription_id, acctstarttime desc);

-- Makes the archive's partition of the month (in UTC) that an instant is in, where it is missing.
create function nadi_radacct_month(instant timestamptz) returns void language plpgsql as $$
declare
  month date := date_trunc('month', instant at time zone 'UTC')::date;
  name text := 'radacct_' || to_char(month, 'YYYY_MM');
begin
  if to_regclass(name) is null then
    execute format('create table %I partition of radacct_archive for values from (%L) to (%L)', name,
      month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
  end if;
end
$$;

-- Who asked to be let in, and what was answered. Never with a password.
create table radpostauth (
  id bigint generated always as identity primary key,
  username text not null,
  reply text not null,
  reason text,
  router_id uuid,
  callingstationid text,
  authdate timestamptz not null
);
create index radpostauth_username on radpostauth (username, id);
create index radpostauth_authdate on radpostauth using brin (authdate);

create table usage_days (
  subscription_id uuid not null references subscriptions (id) on delete cascade,
  -- The organisation's local date.
  day date not null,
  -- Bytes from the subscriber, and to the subscriber.
  bytes_in bigint not null,
  bytes_out bigint not null,
  primary key (subscription_id, day)
);

-- Sessions that may have to end or change, because their subscription did.
create table radius_checks (
  radacctid bigint primary key,
  attempts smallint not null default 0,
  next_at timestamptz not null,
  -- What came of the last attempt.
  outcome text,
  created_at timestamptz not null
);
create index radius_checks_next on radius_checks (next_at);
create function nadi_wake_radius() returns trigger language plpgsql as $$
begin
  if exists (select from added) and to_regnamespace('graphile_worker') is not null then
    perform graphile_worker.add_job('radius.check', '{}', job_key := 'radius.check');
  end if;
  return null;
end
$$;
create trigger radius_checks_wake after insert on radius_checks
  referencing new table as added for each statement execute function nadi_wake_radius();

create schema radius;

-- Every account that may be known, and what it gets now. A blocked one gets what the organisation gives: `isolir`, or nothing.
create view radius.accounts as
select a.*, 'nadi:' || a.access || ' ' || coalesce(a.rate_limit, '') as class from (
  select s.username, s.password, s.service, sub.id as subscription_id, p.id as package_id, p.name as package_name, p.max_sessions,
    case when o.whole then 'open' when org.suspend_mode = 'isolir' then 'isolir' else 'reject' end as access,
    case when o.whole then coalesce(l.rate_limit, p.rate_limit) else org.isolir_rate end as rate_limit,
    case when o.whole then sub.profile else org.isolir_profile end as profile,
    case when not o.whole then org.isolir_address_list end as address_list,
    case when o.whole or org.isolir_pool is null then sub.remote_address end as address,
    case when o.whole then p.ip_pool else org.isolir_pool end as pool,
    case when o.whole then sub.ipv6_prefix end as ipv6_prefix,
    case when o.whole then p.ipv6_pool end as ipv6_pool,
    case when o.whole then sub.delegated_ipv6_prefix end as delegated_ipv6_prefix,
    case when o.whole then p.delegated_ipv6_pool end as delegated_ipv6_pool
  from mikrotik_secrets s
    join subscriptions sub on sub.id = s.subscription_id
    join packages p on p.id = sub.package_id
    cross join organisation org
    left join subscription_limits l on l.subscription_id = sub.id
    cross join lateral (select sub.status = 'active' and l.blocked is not true as whole) o
  where not s.disabled and sub.status <> 'cancelled'
) a;

-- All that FreeRADIUS needs of an account, in one lookup: up to 10 what is checked, above what is answered.
-- A barrier: what a query calls may not look at rows that the view leaves out.
create view radius.login with (security_barrier) as
select v.id, a.username, v.attribute, v.op, v.value from radius.accounts a cross join lateral (values
  (1, 'Cleartext-Password', ':=', a.password),
  (2, 'Framed-Protocol', '==', case a.service when 'pppoe' then 'PPP' end),
  (3, 'Service-Type', '==', case a.service when 'hotspot' then 'Login-User' end),
  (4, 'Simultaneous-Use', ':=', a.max_sessions::text),
  (5, 'Auth-Type', ':=', case a.access when 'reject' then 'Reject' end),
  (11, 'Mikrotik-Rate-Limit', ':=', a.rate_limit),
  (12, 'Mikrotik-Group', ':=', a.profile),
  (13, 'Mikrotik-Address-List', ':=', a.address_list),
  (14, 'Framed-IP-Address', ':=', case when strpos(a.address, ':') = 0 then a.address end),
  (15, 'Framed-Pool', ':=', case when a.address is null or strpos(a.address, ':') > 0 then a.pool end),
  (16, 'Framed-IPv6-Prefix', ':=', a.ipv6_prefix),
  (17, 'Framed-IPv6-Pool', ':=', case when a.ipv6_prefix is null then a.ipv6_pool end),
  (18, 'Delegated-IPv6-Prefix', ':=', a.delegated_ipv6_prefix),
  (19, 'Mikrotik-Delegated-IPv6-Pool', ':=', case when a.delegated_ipv6_prefix is null then a.delegated_ipv6_pool end),
  (20, 'Class', ':=', a.class),
  (21, 'Reply-Message', ':=', 'Layanan sedang tidak aktif.')
) v (id, attribute, op, value) where v.value is not null and (v.id < 11 or (a.access = 'reject') = (v.id = 21));

-- The same in the standard's shape, for other software and other queries.
create view radius.radcheck with (security_barrier) as select id, username, attribute, op, value from radius.login where id < 11;
create view radius.radreply with (security_barrier) as select id, username, attribute, '=' as op, value from radius.login where id > 10;

create view radius.radusergroup with (security_barrier) as
select username, package_id::text as groupname, 1 as priority from radius.accounts where access = 'open';

create view radius.radgroupcheck as
select 1 as id, p.id::text as groupname, 'Simultaneous-Use' as attribute, ':=' as op, p.max_sessions::text as value
from packages p where p.type <> 'license' and p.max_sessions is not null;

create view radius.radgroupreply with (security_barrier) as
select v.id, p.id::text as groupname, v.attribute, '=' as op, v.value from packages p cross join lateral (values
  (1, 'Mikrotik-Rate-Limit', p.rate_limit),
  (2, 'Framed-Pool', p.ip_pool),
  (3, 'Framed-IPv6-Pool', p.ipv6_pool),
  (4, 'Mikrotik-Delegated-IPv6-Pool', p.delegated_ipv6_pool)
) v (id, attribute, value) where v.value is not null and p.type <> 'license';

-- Without secrets, which are sealed: `nadi radius:config` writes them to clients.conf.
create view radius.nas as
select r.id, r.host as nasname, r.id::text as shortname, 'other' as type, null::integer as ports, null::text as secret,
  null::text as server, null::text as community, r.name as description
from router_settings r where r.is_active and r.radius_secret is not null;

-- Takes Start, Interim-Update and Stop of a session, in whatever order and however often they come: counters are set,
-- never added, and never go back. Instants are the server's own less the packet's delay, because a router's clock may be
-- years off. A session that started after the last sign of the one with its number is another: routers number anew when
-- they restart.
create function radius.account(
  a_router text, a_status text, a_unique text, a_session text, a_username text, a_nas text, a_port text, a_port_type text,
  a_received bigint, a_delay bigint, a_seconds bigint, a_input bigint, a_input_giga bigint, a_output bigint, a_output_giga bigint,
  a_called text, a_calling text, a_cause text, a_service text, a_protocol text, a_address text, a_address6 text,
  a_prefix6 text, a_delegated6 text, a_class text
) returns boolean language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  happened constant timestamptz := to_timestamp(a_received - least(greatest(a_delay, 0), 86400));
  started constant timestamptz := happened - make_interval(secs => least(a_seconds, 315360000));
  ended constant timestamptz := case when a_status = 'Stop' then happened end;
  -- A petabyte is more than a session can be, and less than what breaks a sum.
  bytes_in constant bigint := (least(a_input_giga, 262143) << 32) + a_input;
  bytes_out constant bigint := (least(a_output_giga, 262143) << 32) + a_output;
  row_id bigint;
  is_new boolean := false;
begin
  -- What is not a start is nearly always known already.
  for attempt in 1..3 loop
    if a_status = 'Start' or attempt > 1 then
      insert into radacct (acctsessionid, acctuniqueid, username, nasipaddress, nasportid, nasporttype, acctstarttime, acctupdatetime,
        acctstoptime, acctsessiontime, acctinputoctets, acctoutputoctets, calledstationid, callingstationid, acctterminatecause,
        servicetype, framedprotocol, framedipaddress, framedipv6address, framedipv6prefix, delegatedipv6prefix, class, router_id,
        subscription_id, counted_until)
      values (a_session, a_unique, a_username, nullif(a_nas, '')::inet, nullif(a_port, ''), nullif(a_port_type, ''), started, happened,
        ended, a_seconds, bytes_in, bytes_out, nullif(a_called, ''), nullif(a_calling, ''), nullif(a_cause, ''),
        nullif(a_service, ''), nullif(a_protocol, ''), nullif(a_address, '')::inet, nullif(a_address6, '')::inet,
        nullif(a_prefix6, '')::inet, nullif(a_delegated6, '')::inet,
        -- Of a router that does not send Class back: what the account gets now.
        case when a_class = '' then coalesce((select w.class from radius.accounts w where w.username = a_username), '') else a_class end,
        nullif(a_router, '')::uuid, (select s.subscription_id from mikrotik_secrets s where s.username = a_username), started)
      on conflict (acctuniqueid) do nothing
      returning radacctid into row_id;
      is_new := row_id is not null;
      exit when is_new;
    end if;
    update radacct r set
      acctstarttime = least(r.acctstarttime, started),
      acctupdatetime = greatest(r.acctupdatetime, happened),
      acctstoptime = case
        when r.lost and ended is null and happened > r.acctupdatetime then null
        when r.lost or r.acctstoptime is null then coalesce(ended, r.acctstoptime)
        else r.acctstoptime end,
      acctterminatecause = case when r.lost then nullif(a_cause, '') else coalesce(r.acctterminatecause, nullif(a_cause, '')) end,
      lost = r.lost and ended is null and happened <= r.acctupdatetime,
      acctsessiontime = greatest(r.acctsessiontime, a_seconds),
      acctinputoctets = greatest(r.acctinputoctets, bytes_in),
      acctoutputoctets = greatest(r.acctoutputoctets, bytes_out),
      framedipaddress = coalesce(nullif(a_address, '')::inet, r.framedipaddress),
      framedipv6address = coalesce(nullif(a_address6, '')::inet, r.framedipv6address),
      framedipv6prefix = coalesce(nullif(a_prefix6, '')::inet, r.framedipv6prefix),
      delegatedipv6prefix = coalesce(nullif(a_delegated6, '')::inet, r.delegatedipv6prefix)
    where r.acctuniqueid = a_unique
      and started <= r.acctupdatetime + case when r.acctstoptime is null or r.lost then interval '60 seconds' else interval '5 seconds' end
    returning r.radacctid into row_id;
    exit when row_id is not null;
    update radacct set acctuniqueid = acctuniqueid || '/' || radacctid, acctstoptime = coalesce(acctstoptime, acctupdatetime),
      acctterminatecause = coalesce(acctterminatecause, 'NAS-Reboot'), lost = false
    where acctuniqueid = a_unique and started > acctupdatetime;
  end loop;
  if is_new and a_seconds > 0 then
    -- It may have been put into the archive as lost: what was counted then is not counted again.
    update radacct r set counted_input = least(r.acctinputoctets, h.acctinputoctets), counted_output = least(r.acctoutputoctets, h.acctoutputoctets),
      counted_until = h.acctupdatetime, acctstarttime = h.acctstarttime
    from (select * from radacct_archive where acctuniqueid = a_unique and acctupdatetime + interval '60 seconds' >= started
      order by acctupdatetime desc limit 1) h
    where r.radacctid = row_id;
  end if;
  return row_id is not null;
end
$$;

-- Accounting-On and Accounting-Off: the router has none of its earlier sessions any more.
create function radius.nas_restarted(a_router text, a_nas text, a_received bigint, a_delay bigint) returns bigint
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with closed as (
    update radacct set acctstoptime = acctupdatetime, acctterminatecause = 'NAS-Reboot'
    where acctstoptime is null and acctstarttime <= to_timestamp(a_received - least(greatest(a_delay, 0), 86400))
      and router_id = nullif(a_router, '')::uuid
    returning 1)
  select count(*) from closed
$$;

-- Open sessions of an account from other devices: a device that comes back after its power failed is not kept out by itself.
create function radius.sessions_elsewhere(a_username text, a_calling text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select count(*) from radacct where username = a_username and acctstoptime is null and callingstationid is distinct from nullif(a_calling, '')
$$;

create function radius.answered(a_username text, a_reply text, a_reason text, a_router text, a_calling text, a_received bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into radpostauth (username, reply, reason, router_id, callingstationid, authdate)
  values (a_username, a_reply, nullif(a_reason, ''), nullif(a_router, '')::uuid, nullif(a_calling, ''), to_timestamp(a_received));
  return true;
end
$$;

revoke all on all functions in schema radius from public;
