-- compatible: yes
-- Alerts tell what they are of, and behind what it stands, so that whoever sends them can put many into one.

alter table alert_logs
  -- What it is of, such as 'router:<id>': of one subject the newest alert says how it is.
  add column subject text,
  -- The subject that this one cannot be reached without.
  add column parent text;
create index alert_logs_subject on alert_logs (subject, created_at desc, id desc) where subject is not null;
