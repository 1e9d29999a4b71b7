-- compatible: yes
-- A foreign key looks a subscription up for each invoice, one after the other: an eighth of a renewal of a million. These
-- triggers check a statement's invoices at once, and keep what they refer to (ADR 4).

alter table invoices drop constraint invoices_subscription_of_customer;

create function nadi_refuse_foreign_subscription() returns trigger language plpgsql as $$
begin
  if exists (
    select from added a where a.subscription_id is not null
      and not exists (select from subscriptions s where s.id = a.subscription_id and s.customer_id = a.customer_id)
  ) then
    raise exception 'The subscription of an invoice does not exist, or is another customer''s.'
      using errcode = 'foreign_key_violation', constraint = 'invoices_subscription_of_customer';
  end if;
  return null;
end
$$;
create trigger invoices_subscription_of_customer after insert on invoices referencing new table as added
  for each statement execute function nadi_refuse_foreign_subscription();

create function nadi_keep_invoiced_subscription() returns trigger language plpgsql as $$
begin
  if exists (select from invoices where customer_id = old.customer_id and subscription_id = old.id) then
    raise exception 'A subscription with invoices is never deleted.'
      using errcode = 'foreign_key_violation', constraint = 'invoices_subscription_of_customer';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
create trigger subscriptions_are_kept before delete or update of id, customer_id on subscriptions
  for each row execute function nadi_keep_invoiced_subscription();

-- The ledger is listed newest first.
create index ledger_entries_created_at on ledger_entries (created_at desc, id desc);
