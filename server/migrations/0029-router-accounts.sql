-- compatible: yes
-- Router accounts have a list of their own, newest first (spec 3, mikrotik-secrets).

create index mikrotik_secrets_created_at on mikrotik_secrets (created_at desc, id desc);
