-- compatible: yes
-- Late fees are for days from the one on which they were switched on: nobody agreed to them before.

alter table organisation add column late_fee_since date;
