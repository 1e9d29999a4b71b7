-- compatible: no
-- Receipt numbers, the customer's money beside payments, credit notes and cash drawers. The code before this would take
-- payments without a number.

-- A count of the cash that one person had taken in since the count before.
create table cash_closings (
  id uuid primary key,
  user_id uuid references users (id) on delete set null,
  -- Received less paid out; below zero where more was paid out.
  received numeric(14,2) not null check (received >= 0),
  paid_out numeric(14,2) not null check (paid_out >= 0),
  expected numeric(14,2) not null,
  counted numeric(14,2) not null check (counted >= 0),
  difference numeric(14,2) not null,
  item_count integer not null check (item_count > 0),
  notes text,
  created_at timestamptz not null,
  constraint cash_closings_sums check (expected = received - paid_out and difference = counted - expected)
);
create index cash_closings_created_at on cash_closings (created_at desc, id desc);
create index cash_closings_user on cash_closings (user_id, created_at desc, id desc);
create trigger cash_closings_are_kept before delete or truncate on cash_closings for each statement execute function nadi_refuse_delete();

-- The last number given on each local date. Its row is locked until the payments stand, so none is skipped.
create table receipt_counters (
  issued_on date primary key,
  last_number integer not null check (last_number >= 0)
);

alter table payments
  -- In the C collation, so that the unique index also finds by the beginning of a number.
  add column receipt_number text collate "C",
  -- Given by whoever may send the same request twice.
  add column idempotency_key text,
  add column reversed_by uuid references users (id) on delete set null,
  -- The count its cash was in, and the one in which the cash of its reversal went out.
  add column cash_closing_id uuid references cash_closings (id),
  add column reversal_closing_id uuid references cash_closings (id);

with numbered as (
  select p.id, d.day, row_number() over (partition by d.day order by p.created_at, p.id)::text as number
  from organisation o, payments p, lateral (select (p.created_at at time zone o.timezone)::date as day) d
)
update payments p set receipt_number = 'KW-' || to_char(n.day, 'YYYYMMDD') || '-' || lpad(n.number, greatest(4, length(n.number)), '0')
from numbered n where n.id = p.id;
insert into receipt_counters (issued_on, last_number)
select (p.created_at at time zone o.timezone)::date, count(*) from organisation o, payments p group by 1;

-- Cash taken before there were drawers was handed over somehow: it must not stand in anybody's first drawer.
insert into cash_closings (id, user_id, received, paid_out, expected, counted, difference, item_count, notes, created_at)
select nadi_uuid(max(created_at)), received_by, sum(amount), 0, sum(amount), sum(amount), 0, count(*), 'Before cash drawers were kept', max(created_at)
from payments where method = 'cash' and reversed_at is null and received_by is not null
group by received_by;
update payments p set cash_closing_id = c.id
from cash_closings c where c.user_id = p.received_by and p.method = 'cash' and p.reversed_at is null;

alter table payments alter column receipt_number set not null, add constraint payments_receipt_number_unique unique (receipt_number);
create unique index payments_idempotency_key_unique on payments (idempotency_key) where idempotency_key is not null;
create index payments_in_drawer on payments (received_by)
  where method = 'cash' and cash_closing_id is null and reversed_at is null;
create index payments_out_of_drawer on payments (reversed_by)
  where method = 'cash' and cash_closing_id is not null and reversed_at is not null and reversal_closing_id is null;

-- What came to a customer's balance or deposit, went from it, or moved between them, beside payments and credit notes.
create table fund_movements (
  id uuid primary key,
  customer_id uuid not null references customers (id),
  kind text not null check (kind in ('top_up', 'refund', 'deposit', 'deposit_return', 'deposit_to_balance')),
  amount numeric(14,2) not null check (amount > 0),
  balance_change numeric(14,2) not null,
  deposit_change numeric(14,2) not null,
  -- Null where no money changed hands.
  method text check (method in ('cash', 'transfer', 'qris', 'gopay', 'ovo', 'dana', 'other')),
  -- The movement that this one undoes.
  reverses_id uuid references fund_movements (id),
  notes text,
  idempotency_key text,
  created_by uuid references users (id) on delete set null,
  -- Whose drawer the cash is in, or came out of.
  drawer_of uuid references users (id) on delete set null,
  cash_closing_id uuid references cash_closings (id),
  created_at timestamptz not null,
  constraint fund_movements_changes check (abs(balance_change) in (0, amount) and abs(deposit_change) in (0, amount)
    and (balance_change <> 0 or deposit_change <> 0)),
  constraint fund_movements_method check ((method is null) = (balance_change + deposit_change = 0))
);
create unique index fund_movements_reverses_unique on fund_movements (reverses_id) where reverses_id is not null;
create unique index fund_movements_idempotency_key_unique on fund_movements (kind, idempotency_key) where idempotency_key is not null;
create index fund_movements_customer on fund_movements (customer_id, created_at desc, id desc);
create index fund_movements_in_drawer on fund_movements (drawer_of) where method = 'cash' and cash_closing_id is null;

create function nadi_refuse_rewriting() returns trigger language plpgsql as $$
begin
  -- Only the count it was in is added, and a person who left is taken out.
  if (to_jsonb(old) - '{cash_closing_id,created_by,drawer_of}'::text[]) is distinct from (to_jsonb(new) - '{cash_closing_id,created_by,drawer_of}'::text[])
    or (old.cash_closing_id is not null and new.cash_closing_id is distinct from old.cash_closing_id) then
    raise exception 'Rows of % are never changed.', tg_table_name using errcode = 'restrict_violation', constraint = tg_table_name || '_are_kept';
  end if;
  return new;
end
$$;
create trigger fund_movements_are_kept before delete or truncate on fund_movements for each statement execute function nadi_refuse_delete();
create trigger fund_movements_stand before update on fund_movements for each row execute function nadi_refuse_rewriting();

-- What an issued invoice asked too much for: it goes to the customer's balance.
create table credit_notes (
  id uuid primary key,
  credit_note_number text collate "C" not null,
  invoice_id uuid not null references invoices (id),
  customer_id uuid not null references customers (id),
  -- Taxes and late fees included, as the invoice's own amounts.
  amount numeric(14,2) not null check (amount > 0),
  tax_amount numeric(14,2) not null check (tax_amount between 0 and amount),
  late_fee numeric(14,2) not null check (late_fee between 0 and amount),
  lines jsonb not null,
  reason text not null,
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null,
  constraint credit_notes_number_unique unique (credit_note_number),
  constraint credit_notes_parts check (tax_amount + late_fee <= amount)
);
create index credit_notes_created_at on credit_notes (created_at desc, id desc);
create index credit_notes_invoice on credit_notes (invoice_id);
create index credit_notes_customer on credit_notes (customer_id, created_at desc, id desc);
create trigger credit_notes_are_kept before delete or truncate on credit_notes for each statement execute function nadi_refuse_delete();

create table credit_note_counters (
  issued_on date primary key,
  last_number integer not null check (last_number >= 0)
);
