-- compatible: no
-- What each billing run did, late fees, and invoices that are still drafts. The code before this knows no drafts and would
-- take them for issued.

-- A row per run that did something or failed; each step's transaction brings it up to date.
create table billing_runs (
  id uuid primary key,
  -- The organisation's local date it billed to.
  billed_to date not null,
  -- The only subscription it was for; rows outlive what they tell of, so nothing is referenced.
  subscription_id uuid,
  -- What it was to do, and what of it is done.
  steps text[] not null,
  finished_steps text[] not null,
  -- How many invoices or subscriptions each step touched.
  counts jsonb not null,
  state text not null check (state in ('running', 'done', 'failed', 'interrupted')),
  -- The first step that failed, and why in a sentence for people.
  failed_step text,
  error text,
  -- The run whose unfinished steps it repeated.
  retry_of uuid,
  user_id uuid,
  started_by text not null,
  -- The instant of everything the run wrote.
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint billing_runs_failure check ((state = 'failed') <= (failed_step is not null) and (failed_step is null) = (error is null))
);
create index billing_runs_created_at on billing_runs (created_at desc, id desc);
create index billing_runs_billed_to on billing_runs (billed_to);
create index billing_runs_running on billing_runs (id) where state = 'running';

-- A percentage above zero counts instead of the amount; a cap of zero is none.
alter table organisation
  add column late_fee_kind text not null default 'none' check (late_fee_kind in ('none', 'once', 'daily')),
  add column late_fee_amount numeric(14,2) not null default 0 check (late_fee_amount >= 0),
  add column late_fee_percent numeric(5,2) not null default 0 check (late_fee_percent between 0 and 100),
  add column late_fee_cap numeric(14,2) not null default 0 check (late_fee_cap >= 0),
  add column late_fee_after_days smallint not null default 0 check (late_fee_after_days between 0 and 365);

-- Null rather than zero, so that a renewal writes nothing for them.
alter table invoices
  -- The days overdue, beyond those without a fee, that late fees were charged for.
  add column late_fee_days integer,
  -- Since then no late fee is charged on it.
  add column late_fee_waived_at timestamptz;
alter table invoices add constraint invoices_late_fee check (late_fee between 0 and amount);

-- A draft has no number and no place in the books; it may be deleted.
alter table invoices alter column invoice_number drop not null;
alter table invoices drop constraint invoices_status_check;
alter table invoices add constraint invoices_status_check check (status in ('draft', 'unpaid', 'paid', 'overdue', 'cancelled'));
alter table invoices add constraint invoices_draft check ((status = 'draft') = (invoice_number is null)
  and (status <> 'draft' or (amount_paid = 0 and tax_amount = 0 and late_fee = 0 and period_start is null)));
drop trigger invoices_are_kept on invoices;
create trigger invoices_are_kept before delete on invoices for each row when (old.status <> 'draft') execute function nadi_refuse_delete();
