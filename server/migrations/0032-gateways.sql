-- compatible: yes
-- Payments through gateways: what customers were asked to pay, what gateways told, and what became of it (spec 3, MidtransService).

-- What somebody was asked to pay for an invoice, one way. An invoice may have several at once.
create table payment_orders (
  id uuid primary key,
  gateway text not null check (gateway in ('midtrans', 'xendit', 'transfer')),
  -- What the gateway knows it by, at most 50 characters (decisions.md, Network).
  order_id text collate "C" not null check (length(order_id) between 1 and 50),
  invoice_id uuid not null references invoices (id),
  -- What is asked. Of a transfer it tells whose it is: no two open ones ask the same.
  amount numeric(14,2) not null check (amount > 0),
  -- creating: nobody knows yet whether the gateway heard of it.
  status text not null check (status in ('creating', 'open', 'paid', 'expired', 'cancelled', 'failed')),
  -- The gateway's own id, where it has one before anybody paid.
  gateway_id text,
  token text,
  url text,
  expires_at timestamptz not null,
  -- When the gateway is asked next what became of it; null once nothing can come of it any more.
  next_check_at timestamptz,
  checks integer not null default 0,
  last_error text,
  created_by uuid references users (id) on delete set null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint payment_orders_order_id_unique unique (order_id)
);
create index payment_orders_created_at on payment_orders (created_at desc, id desc);
create index payment_orders_invoice on payment_orders (invoice_id, created_at desc);
create index payment_orders_due on payment_orders (next_check_at) where next_check_at is not null;
create index payment_orders_gateway_id on payment_orders (gateway_id) where gateway_id is not null;
create unique index payment_orders_transfer_amount on payment_orders (amount) where gateway = 'transfer' and status = 'open';

-- What gateways say of the money itself. Its state never goes back; the books follow `kept`.
create table gateway_transactions (
  id uuid primary key,
  gateway text not null,
  transaction_id text collate "C" not null,
  payment_order_id uuid not null references payment_orders (id),
  -- In the gateway's words.
  status text not null,
  -- How far it is: a state is only followed by one as far or farther.
  rank smallint not null check (rank between 0 and 6),
  -- What the customer paid, fees on top included.
  gross numeric(14,2) not null check (gross >= 0),
  -- Of that, what is for the invoice.
  credited numeric(14,2) not null check (credited between 0 and gross),
  refunded numeric(14,2) not null default 0 check (refunded between 0 and credited),
  -- What of it is the provider's now, and what of it stands in the books.
  kept numeric(14,2) not null default 0,
  booked numeric(14,2) not null default 0,
  method text not null,
  paid_at timestamptz,
  -- Whether the gateway itself said so when asked; otherwise a signed notification did.
  confirmed boolean not null,
  -- When it was asked, or the notification came.
  asked_at timestamptz not null,
  -- The payment that stands for it now.
  payment_id uuid references payments (id),
  -- Why a person has to look.
  held text check (held in ('partial_chargeback', 'contradicted', 'balance_spent', 'cannot_book')),
  -- What the gateway said last, and what of that a person has decided about: said again, it is no news.
  said text not null,
  resolved text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint gateway_transactions_unique unique (gateway, transaction_id),
  constraint gateway_transactions_kept check (kept between 0 and credited - refunded)
);
create index gateway_transactions_order on gateway_transactions (payment_order_id);
create index gateway_transactions_payment on gateway_transactions (payment_id) where payment_id is not null;
create index gateway_transactions_to_book on gateway_transactions (id) where kept <> booked and held is null;
create index gateway_transactions_held on gateway_transactions (updated_at desc, id desc) where held is not null;
create index gateway_transactions_paid_at on gateway_transactions (paid_at) where paid_at is not null;
create trigger gateway_transactions_are_kept before delete or truncate on gateway_transactions for each statement execute function nadi_refuse_delete();

-- Notifications as they came, stored before anything is done with them.
create table gateway_inbox (
  id bigint generated always as identity primary key,
  gateway text not null,
  body bytea not null,
  -- The sender's address.
  ip text,
  -- genuine: signed with the key that only the gateway and we have.
  verdict text not null check (verdict in ('genuine', 'forged', 'unreadable', 'too_large')),
  order_id text,
  status text,
  created_at timestamptz not null
);
create index gateway_inbox_order on gateway_inbox (order_id) where order_id is not null;
create index gateway_inbox_created_at on gateway_inbox (created_at);

-- Those that are not done with: what changes stands apart from the texts, and no index has to follow it.
create table gateway_inbox_open (
  inbox_id bigint primary key,
  -- waiting until its order was looked at; kept for a person to see where there is nothing to be done with it.
  state text not null check (state in ('waiting', 'kept')),
  note text,
  attempts integer not null default 0,
  next_at timestamptz,
  constraint gateway_inbox_open_waiting check ((state = 'waiting') = (next_at is not null))
) with (fillfactor = 60);

-- What Midtrans was asked and told (spec 3).
create table midtrans_logs (
  id uuid primary key,
  invoice_id uuid,
  order_id text not null,
  transaction_id text,
  event text not null check (event in ('create', 'notification', 'status_check', 'cancel', 'refund')),
  status text,
  request jsonb,
  response jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index midtrans_logs_order_id on midtrans_logs (order_id);
create index midtrans_logs_created_at on midtrans_logs (created_at desc, id desc);
