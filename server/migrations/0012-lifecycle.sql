-- compatible: no
-- Pauses, cancelling at the period's end, changes of package, trials, and paying afterwards. The code before this would
-- renew what is to end, and bill paused time.

alter table packages add column billing_mode text not null default 'prepaid'
  constraint packages_billing_mode check (billing_mode in ('prepaid', 'postpaid'));
-- Added to the due date of every invoice that the run makes.
alter table organisation add column due_days smallint not null default 0
  constraint organisation_due_days check (due_days between 0 and 60);

alter table subscriptions
  -- When a pause ends by itself.
  add column resume_on date,
  -- Since when it is to be cancelled once the time that has begun is over.
  add column cancel_requested_on date,
  add column cancel_reason text,
  -- The package from the next period on.
  add column next_package_id uuid references packages (id),
  add column trial_ends_on date,
  -- Postpaid: the period just invoiced was the last of its kind, and the run has yet to end it or to change the package.
  add column period_over boolean not null default false,
  drop constraint subscriptions_suspended_for_check,
  add constraint subscriptions_suspended_for_check check (suspended_for in ('overdue', 'manual', 'paused')),
  add constraint subscriptions_resume_on check (resume_on is null or suspended_for is not distinct from 'paused');
-- Few rows each, and of columns that a renewal does not touch, so that its updates stay on their pages.
create index subscriptions_resume on subscriptions (resume_on) where resume_on is not null;
create index subscriptions_cancel_requested on subscriptions (id) where cancel_requested_on is not null;
create index subscriptions_next_package on subscriptions (next_package_id) where next_package_id is not null;

alter table charges
  -- Of a proration: the invoice of the period inside which the package changed.
  add column prorates_invoice_id uuid,
  -- The last days of that period that this charge is for; null once a later change took them over, and of credits.
  add column prorated_days integer check (prorated_days > 0);
create index charges_prorated on charges (prorates_invoice_id) where prorates_invoice_id is not null;
