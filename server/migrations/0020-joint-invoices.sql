-- compatible: no
-- Several subscriptions of a customer on one invoice. The code before this would take such an invoice for one of no subscription:
-- paying it would extend nobody.

-- A customer who wants one invoice: what starts within so many days after the run's horizon comes along. Null: one each.
alter table customers add column joint_invoice_days smallint
  constraint customers_joint_invoice_days check (joint_invoice_days between 0 and 31);
create index customers_joint on customers (joint_invoice_days) where joint_invoice_days is not null;

-- The periods on an invoice of several subscriptions, a row each; the invoice itself then names neither. An invoice of one
-- subscription has none.
create table invoice_parts (
  invoice_id uuid not null,
  subscription_id uuid not null,
  package_id uuid not null,
  period_start date not null,
  period_end date not null,
  -- When the invoice was voided.
  voided_at timestamptz,
  primary key (invoice_id, subscription_id),
  constraint invoice_parts_period check (period_start < period_end)
);
create unique index invoice_parts_period_unique on invoice_parts (subscription_id, period_start) where voided_at is null;
create index invoice_parts_subscription on invoice_parts (subscription_id);
create trigger invoice_parts_are_kept before delete on invoice_parts for each statement execute function nadi_refuse_delete();

-- Of an invoice of several, the subscription that the line is for; its lines stand together.
alter table invoice_lines add column subscription_id uuid;

-- References, and one invoice per subscription and period whichever of the two tables tells of it: checked a statement at
-- a time (ADR 4).
create function nadi_refuse_foreign_part() returns trigger language plpgsql as $$
begin
  if exists (
    select from added a where not exists (
      select from invoices i join subscriptions s on s.customer_id = i.customer_id
      where i.id = a.invoice_id and i.subscription_id is null and s.id = a.subscription_id)
  ) then
    raise exception 'The invoice or the subscription of a part does not exist, or they are of different customers.'
      using errcode = 'foreign_key_violation', constraint = 'invoice_parts_of_customer';
  end if;
  if exists (
    select from added a join invoices i on i.subscription_id = a.subscription_id and i.period_start = a.period_start
    where i.status <> 'cancelled' and a.voided_at is null
  ) then
    raise exception 'This period has an invoice of its own.'
      using errcode = 'unique_violation', constraint = 'invoice_parts_period_unique';
  end if;
  return null;
end
$$;
create trigger invoice_parts_of_customer after insert on invoice_parts referencing new table as added
  for each statement execute function nadi_refuse_foreign_part();

create or replace function nadi_refuse_foreign_subscription() returns trigger language plpgsql as $$
begin
  if exists (
    select from added a where a.subscription_id is not null
      and not exists (select from subscriptions s where s.id = a.subscription_id and s.customer_id = a.customer_id)
  ) then
    raise exception 'The subscription of an invoice does not exist, or is another customer''s.'
      using errcode = 'foreign_key_violation', constraint = 'invoices_subscription_of_customer';
  end if;
  if exists (
    select from added a join invoice_parts p on p.subscription_id = a.subscription_id and p.period_start = a.period_start
    where p.voided_at is null and a.status <> 'cancelled'
  ) then
    raise exception 'This period is on an invoice of several subscriptions.'
      using errcode = 'unique_violation', constraint = 'invoices_period_unique';
  end if;
  return null;
end
$$;

create or replace function nadi_keep_invoiced_subscription() returns trigger language plpgsql as $$
begin
  if exists (select from invoices where customer_id = old.customer_id and subscription_id = old.id)
    or exists (select from invoice_parts where subscription_id = old.id) then
    raise exception 'A subscription with invoices is never deleted.'
      using errcode = 'foreign_key_violation', constraint = 'invoices_subscription_of_customer';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
