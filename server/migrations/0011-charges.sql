-- compatible: yes
-- Room for what prices are made of now.

-- Credits of many invoices add up on a balance. Each invoice is bounded, their sum is not: one customer's must not stop a
-- run for everybody.
alter table customer_funds alter column balance type numeric(20,2), alter column deposit type numeric(20,2);

-- Areas are names that people type: they are one whatever the case.
drop index customers_area;
create index customers_area on customers (lower(area)) where area is not null;
create index taxes_created_at on taxes (created_at desc, id desc);

-- Shares of several denominators become whole numbers by it, so that a half of a rupiah is seen as one.
create aggregate nadi_lcm(numeric) (sfunc = lcm, stype = numeric, initcond = '1');
