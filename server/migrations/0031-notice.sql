-- compatible: yes
-- The notice page of isolated customers: how to pay, and whose an address is.

alter table organisation add column payment_instructions text;

create index radacct_open_address on radacct (framedipaddress) where acctstoptime is null;
