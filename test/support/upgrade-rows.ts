const at = "'2026-01-15T03:00:00Z'";
const hash = `'${'a'.repeat(64)}'`;
const id = (n: number) => `'0199a000-0000-7000-8000-${String(n).padStart(12, '0')}'`;

/**
 * Rows as a running installation has them, by the migration after which they can be put in. Together with what migrations
 * put in themselves every table has one, so that an upgrade is tried on data and not on empty tables.
 */
export const upgradeRows: Readonly<Record<string, readonly string[]>> = {
  '0001-foundation': [
    `update organisation set name = 'Sinar Net', tax_number = '01.234.567.8-901.000', updated_at = ${at}`,
  ],
  '0002-identity': [
    `insert into users (id, name, email, password, role, created_at, updated_at)
     values (${id(1)}, 'Siti', 'siti@sinar.test', '$argon2id$x', 'super_owner', ${at}, ${at})`,
    `insert into recovery_codes (user_id, code_hash) values (${id(1)}, 'a')`,
    `insert into personal_access_tokens (tokenable_id, name, token, abilities, created_at, updated_at)
     values (${id(1)}, 'laptop', 'b', '["*"]', ${at}, ${at})`,
    `insert into password_reset_tokens (email, token, created_at) values ('siti@sinar.test', 'c', ${at})`,
    `insert into login_throttles (key, failures, last_failure_at) values ('d', 2, ${at})`,
    `insert into audit_logs (id, user_id, actor, action, new_values, created_at)
     values (${id(2)}, ${id(1)}, 'siti@sinar.test', 'user.created', '{"name": "Siti"}', ${at})`,
  ],
  '0003-customers-catalog': [
    `insert into customers (id, name, email, phone, created_at, updated_at) values
     (${id(3)}, 'Budi Santoso', 'budi@sinar.test', '081234567890', ${at}, ${at}), (${id(4)}, 'Ayu', null, null, ${at}, ${at})`,
    `insert into packages (id, name, bandwidth, price, created_at, updated_at)
     values (${id(5)}, '10 Mbps', '10M/10M', 150000, ${at}, ${at})`,
  ],
  '0004-subscriptions': [
    `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day,
       status, suspended_on, suspended_for, created_at, updated_at)
     values (${id(6)}, ${id(3)}, ${id(5)}, 'budi', '2026-01-15', '2026-01-15', '2026-02-14', 15, 'active', null, null, ${at}, ${at}),
       (${id(7)}, ${id(4)}, ${id(5)}, 'ayu', '2025-11-30', '2025-12-30', '2026-01-29', 30, 'suspended', '2026-01-02', 'overdue', ${at}, ${at})`,
    `insert into mikrotik_secrets (id, customer_id, subscription_id, username, password, created_at, updated_at)
     values (${id(8)}, ${id(3)}, ${id(6)}, 'budi', 'rahasia', ${at}, ${at})`,
  ],
  '0005-billing': [
    `insert into invoices (id, invoice_number, customer_id, subscription_id, period_start, period_end, amount, amount_paid,
       due_date, status, paid_at, created_at, updated_at)
     values (${id(9)}, 'INV-20260115-0001', ${id(3)}, ${id(6)}, '2026-01-15', '2026-02-14', 150000, 0, '2026-01-15', 'unpaid', null, ${at}, ${at}),
       (${id(10)}, 'INV-20251130-0001', ${id(4)}, ${id(7)}, '2025-11-30', '2025-12-30', 150000, 150000, '2025-11-30', 'paid', ${at}, ${at}, ${at}),
       (${id(11)}, 'INV-20260115-0002', ${id(4)}, null, null, null, 50000, 0, '2026-01-20', 'unpaid', null, ${at}, ${at})`,
    `insert into invoice_lines (invoice_id, line_number, description, unit_price, amount)
     values (${id(9)}, 1, '10 Mbps', 150000, 150000)`,
    `insert into invoice_counters (issued_on, last_number) values ('2026-01-15', 2)`,
    `insert into payments (id, invoice_id, amount, payment_date, received_by, created_at, updated_at)
     values (${id(12)}, ${id(10)}, 150000, ${at}, ${id(1)}, ${at}, ${at})`,
    `insert into billing_logs (id, subscription_id, invoice_id, run_id, action, message, created_at, updated_at)
     values (${id(13)}, ${id(6)}, ${id(9)}, ${id(14)}, 'renewed', 'Renewed', ${at}, ${at})`,
  ],
  '0006-routers': [
    `insert into router_settings (id, host, username, password, is_default, created_at, updated_at)
     values (${id(15)}, '192.0.2.1', 'nadi', 'v1.sealed', true, ${at}, ${at})`,
  ],
  '0008-ledger': [
    `insert into customer_funds (customer_id, balance, updated_at) values (${id(3)}, 25000, ${at})`,
    `insert into taxes (id, name, rate, base_numerator, base_denominator, created_at, updated_at)
     values (${id(16)}, 'PPN', 12, 11, 12, ${at}, ${at})`,
    `insert into invoice_taxes (invoice_id, tax_number, tax_id, name, rate, base_numerator, base_denominator, inclusive, base_amount, amount)
     values (${id(9)}, 1, ${id(16)}, 'PPN', 12, 11, 12, false, 137500, 16500)`,
    `insert into subscription_discounts (id, subscription_id, name, kind, value, created_at, updated_at)
     values (${id(17)}, ${id(6)}, 'Teman', 'percent', 10, ${at}, ${at})`,
    `insert into subscription_addons (id, subscription_id, name, unit_price, created_at, updated_at)
     values (${id(18)}, ${id(6)}, 'IP publik', 50000, ${at}, ${at})`,
    `insert into charges (id, subscription_id, description, unit_price, created_at, updated_at)
     values (${id(19)}, ${id(6)}, 'Pasang baru', 200000, ${at}, ${at})`,
  ],
  '0010-documents': [
    `insert into organisation_logo (media_type, image, width, height, updated_at) values ('image/png', '\\x89504e47', 1, 1, ${at})`,
  ],
  '0016-import-sources': [
    `insert into import_sources (source, kind, source_id, id, created_at) values ('csv', 'invoice', 'LAMA-1', ${id(9)}, ${at})`,
  ],
  '0020-joint-invoices': [
    `update customers set joint_invoice_days = 7 where id = ${id(4)}`,
    `insert into subscriptions (id, customer_id, package_id, mikrotik_username, start_date, end_date, billed_until, anchor_day, created_at, updated_at)
     values (${id(28)}, ${id(4)}, ${id(5)}, 'ayu2', '2026-01-29', '2026-01-29', '2026-02-28', 29, ${at}, ${at})`,
    `insert into invoices (id, invoice_number, customer_id, amount, due_date, created_at, updated_at)
     values (${id(29)}, 'INV-20260122-0001', ${id(4)}, 300000, '2026-01-29', ${at}, ${at})`,
    `insert into invoice_parts (invoice_id, subscription_id, package_id, period_start, period_end) values
     (${id(29)}, ${id(7)}, ${id(5)}, '2026-01-29', '2026-02-28'), (${id(29)}, ${id(28)}, ${id(5)}, '2026-01-29', '2026-02-28')`,
  ],
  '0017-billing-runs': [
    `insert into billing_runs (id, billed_to, steps, finished_steps, counts, state, failed_step, error, started_by, created_at, finished_at)
     values (${id(20)}, '2026-01-15', '{overdue,expired}', '{overdue}', '{"overdue": 1}', 'failed', 'expired', 'The books of that day are closed.',
       'billing.run', ${at}, ${at})`,
  ],
  '0018-funds': [
    `insert into cash_closings (id, user_id, received, paid_out, expected, counted, difference, item_count, created_at)
     values (${id(130)}, ${id(1)}, 50000, 0, 50000, 50000, 0, 1, ${at})`,
    `insert into fund_movements (id, customer_id, kind, amount, balance_change, deposit_change, method, created_by, drawer_of, cash_closing_id, created_at)
     values (${id(131)}, ${id(3)}, 'top_up', 25000, 25000, 0, 'cash', ${id(1)}, ${id(1)}, ${id(130)}, ${at})`,
    `insert into credit_notes (id, credit_note_number, invoice_id, customer_id, amount, tax_amount, late_fee, lines, reason, created_by, created_at)
     values (${id(132)}, 'CN-20260115-0001', ${id(10)}, ${id(4)}, 10000, 0, 0, '[]', 'Gangguan', ${id(1)}, ${at})`,
    `insert into credit_note_counters (issued_on, last_number) values ('2026-01-15', 1)`,
  ],
  '0019-reports': [
    `insert into ledger_days (day, debit, credit, kind, amount, entries) values ('2026-01-15', 'receivable', 'revenue', 'invoice', 150000, 1)`,
    `insert into paid_days (paid_on, amount) values ('2026-01-15', 150000)`,
    `insert into tax_days (day, tax_id, name, rate, base, amount) values ('2026-01-15', ${id(16)}, 'PPN', 12, 137500, 16500)`,
    `insert into receivable_days (due_date, invoices, amount) values ('2026-01-15', 1, 150000)`,
    `insert into moved_due_dates (invoice_id, due_date) values (${id(11)}, '2026-01-18')`,
    `insert into subscription_moves (day, move, package_id, subscriptions) values ('2026-01-15', 'new', ${id(5)}, 1)`,
    `insert into subscription_figures (package_id, status, subscriptions, expiring_soon, monthly) values (${id(5)}, 'active', 1, 1, 152184.38)`,
  ],
  '0021-opening-account': [
    `insert into ledger_entries (booked_on, debit, credit, amount, kind, customer_id, created_at)
     values ('2026-01-15', 'opening', 'customer_balance', 1000, 'opening_balance', ${id(3)}, ${at})`,
  ],
  '0022-routers': [
    `update router_settings set tls_fingerprint = '${'ab'.repeat(32)}', radius_secret = 'sealed'`,
  ],
  '0025-late-fees-since': [`update organisation set late_fee_since = '2026-01-15'`],
  '0026-radius': [
    `insert into radius_settings (id, host, secret, enabled, created_at, updated_at) values (${id(150)}, '127.0.0.1', 'v1.sealed', true, ${at}, ${at})`,
    `insert into subscription_limits values (${id(6)}, false, '1M/1M', 'quota', ${at})`,
    `select radius.account(${id(15)}, 'Interim-Update', 'u', '81', 'budi', '192.0.2.1', '', '', 1768446000, 0, 60, 5, 0, 6, 0, '', 'AA:BB', '', '', 'PPP', '', '', '', '', '')`,
    `select nadi_radacct_month(${at})`,
    `insert into radacct_archive select (jsonb_populate_record(r, jsonb_build_object('radacctid', 0, 'acctuniqueid', 'old', 'acctstoptime', ${at}))).* from radacct r`,
    `insert into radius_checks (radacctid, next_at, created_at) select radacctid, ${at}, ${at} from radacct`,
    `select radius.answered('budi', 'Access-Accept', '', '', '', 1768446000)`,
    `insert into usage_days values (${id(6)}, '2026-01-15', 5, 6)`,
  ],
  '0027-provisioning': [
    `update customers set router_id = (select id from router_settings limit 1) where id = ${id(3)}`,
    `insert into provisioning_intents (subscription_id, router_id, changed_at, kind, name, profile, state)
     select ${id(6)}, id, ${at}, 'pppoe', 'budi', 'nadi-000000000005', 'on' from router_settings limit 1`,
    `insert into router_states (router_id, since) select id, ${at} from router_settings limit 1`,
  ],
  '0028-quota': [
    `update customers set membership_type = 'gold' where id = ${id(3)}`,
    `insert into member_quota_config (id, membership_type, max_quota, created_at, updated_at) values (${id(160)}, 'gold', 50, ${at}, ${at})`,
    `insert into member_quotas values (${id(3)}, 60, ${at})`,
    `insert into member_quota_history (member_id, old_quota, new_quota, reason, actor, created_at) values (${id(3)}, 50, 60, 'loyal', 'siti@sinar.test', ${at})`,
    `insert into member_quota_periods (id, customer_id, period_start, period_end, period, membership_type, quota_bytes, topup_bytes,
       rollover_bytes, used_bytes, state, created_at)
     values (${id(161)}, ${id(3)}, '2026-01-15', '2026-02-14', 'billing', 'gold', 60000000000, 0, 0, 11, 'ok', ${at})`,
    `insert into member_quota_topups (id, customer_id, period_start, gigabytes, created_at) values (${id(162)}, ${id(3)}, '2026-01-15', 5, ${at})`,
    `insert into quota_bulk_jobs (id, new_quota, reason, state, total, unknown_ids, actor, created_at)
     values (${id(163)}, 60, 'bulk_adjustment', 'queued', 1, '[]', 'siti@sinar.test', ${at})`,
    `insert into quota_bulk_members (job_id, customer_id) values (${id(163)}, ${id(3)})`,
    `insert into quota_checks (customer_id) values (${id(3)})`,
    `insert into alert_logs (id, type, severity, title, message, created_at, updated_at) values (${id(164)}, 'quota', 'warning', 'Kuota', '80 %', ${at}, ${at})`,
  ],
  '0030-usage': [
    `insert into usage_polls (router_id, state, polled_at) select id, 'ok', ${at} from router_settings limit 1`,
    `insert into usage_counters (router_id, kind, key, username, subscription_id, started_at, began, router_uptime, bytes_in, bytes_out, seen_at)
     select id, 'pppoe', '*F00001', 'budi', ${id(6)}, ${at}, 10, 20, 5, 6, ${at} from router_settings limit 1`,
  ],
  '0031-notice': [`update organisation set payment_instructions = 'BCA 123456'`],
  '0032-gateways': [
    `insert into payment_orders (id, gateway, order_id, invoice_id, amount, status, expires_at, created_at, updated_at)
     values (${id(170)}, 'midtrans', 'INV-20260115-0001-abc', ${id(10)}, 150000, 'paid', ${at}, ${at}, ${at})`,
    `insert into gateway_transactions (id, gateway, transaction_id, payment_order_id, status, rank, gross, credited, kept, booked, method, paid_at,
       confirmed, asked_at, said, created_at, updated_at)
     values (${id(171)}, 'midtrans', 'abc', ${id(170)}, 'settlement', 4, 151000, 150000, 150000, 150000, 'qris', ${at}, true, ${at}, 'settlement 150000.00 0.00', ${at}, ${at})`,
    `insert into gateway_inbox (gateway, body, verdict, created_at) values ('midtrans', '{}', 'genuine', ${at})`,
    `insert into gateway_inbox_open (inbox_id, state, next_at) select id, 'waiting', created_at from gateway_inbox`,
    `insert into midtrans_logs (id, order_id, event, created_at, updated_at) values (${id(172)}, 'INV-20260115-0001-abc', 'create', ${at}, ${at})`,
  ],
  '0034-alerts': [`update alert_logs set subject = 'router:1', parent = 'router:2'`],
  '0035-notifications': [
    `insert into notification_settings (id, channel, config, secret, events, created_at, updated_at) values (${id(190)}, 'telegram', '{"chat_id":"1"}', 'v1.sealed', '{all}', ${at}, ${at})`,
    `insert into notification_preferences (customer_id, language, muted, updated_at) values (${id(3)}, 'en', '{invoice_issued}', ${at})`,
    `insert into notification_templates (id, event, channel, language, subject, body, created_at, updated_at) values (${id(191)}, 'invoice_issued', 'email', 'id', 'Tagihan', 'Halo {{customer_name}}', ${at}, ${at})`,
    `insert into notification_events (once_for, noticed_at) values ('invoice_issued:1', ${at})`,
    `insert into notification_messages (id, event, customer_id, channel, lane, language, next_at, created_at, updated_at) values (${id(192)}, 'invoice_issued', ${id(3)}, 'email', 'email', 'id', ${at}, ${at}, ${at})`,
    `insert into notification_lanes (lane, failures, updated_at) values ('email', 1, ${at})`,
    `insert into notification_notices (id, setting_id, event, severity, title, message, created_at) values (${id(193)}, ${id(190)}, 'quota', 'warning', 'Kuota', '80 %', ${at})`,
  ],
  '0036-portal': [
    `update packages set in_portal = true where id = ${id(5)}`,
    `insert into portal_accounts (customer_id, password) values (${id(3)}, 'hash')`,
    `insert into customer_tokens (customer_id, contact, proof, token, ip_address, network, expires_at, created_at)
     values (${id(3)}, '6281234567890', 'code', 'hash', '203.0.113.5', '203.0.113.5', ${at}, ${at})`,
    `insert into portal_codes (purpose, contact, code_hash, sends, sent_at, expires_at)
     values ('sign-in 6281234567890', '6281234567890', 'hash', 1, ${at}, ${at})`,
    `insert into package_requests (id, customer_id, subscription_id, package_id, "when", to_pay, to_balance, created_at)
     values (${id(180)}, ${id(3)}, ${id(6)}, ${id(5)}, 'now', 50000, 0, ${at})`,
  ],
  '0037-tickets': [
    `insert into tickets (id, customer_id, subscription_id, subject, assigned_to, created_at, updated_at)
     values (${id(181)}, ${id(3)}, ${id(6)}, 'Lampu merah', ${id(1)}, ${at}, ${at})`,
    `insert into ticket_replies (id, ticket_id, by, user_id, body, created_at) values (${id(182)}, ${id(181)}, 'staff', ${id(1)}, 'Kami datang.', ${at})`,
    `insert into ticket_attachments (id, reply_id, position, filename, type, size, content) values (${id(183)}, ${id(182)}, 0, 'x.png', 'image/png', 1, 'x')`,
  ],
  '0038-trust': [
    `insert into trust_keys (id, public_key, sealed_key, state, created_at) values (${hash}, '{}', 'x', 'current', ${at})`,
    `insert into trust_metadata (role, version, body, state, expires_at, created_at) values ('root', 1, '{}', 'live', ${at}, ${at})`,
    `insert into trust_documents (id, role, kind, subject, version, body, state, created_at, expires_at)
     values (${id(184)}, 'director', 'directives', ${id(186)}, 1, '{}', 'waiting', ${at}, ${at})`,
  ],
  '0039-licensing': [
    `insert into license_plans (package_id, limits, created_at, updated_at) values (${id(5)}, '{"max_users": 30}', ${at}, ${at})`,
    `insert into licenses (id, customer_id, subscription_id, key_hash, key_hint, created_at, updated_at)
     values (${id(185)}, ${id(3)}, ${id(6)}, ${hash}, 'K7Q2', ${at}, ${at})`,
    `insert into installations (id, license_id, agent_code, state, created_at, updated_at) values (${id(186)}, ${id(185)}, 'AG-1', 'paired', ${at}, ${at})`,
    `insert into license_moves (id, license_id, to_installation_id, reason, kind, moved_at) values (${id(187)}, ${id(185)}, ${id(186)}, 'Server baru', 'free', ${at})`,
  ],
  '0040-releases': [
    `insert into release_blobs (hash, size, touched_at) values (${hash}, 10, ${at})`,
    `insert into releases (id, version, sort_key, channel, created_at, updated_at) values (${id(188)}, '1.0.0', '1', 'stable', ${at}, ${at})`,
    `insert into release_files (release_id, path, hash, size) values (${id(188)}, 'server/main.ts', ${hash}, 10)`,
    `insert into release_patches (id, to_release_id, kind, hash, size, created_at, last_used_at) values (${id(189)}, ${id(188)}, 'full', ${hash}, 10, ${at}, ${at})`,
  ],
  '0041-fleet': [
    `insert into fleet_installations (installation_id, version, lot, created_at, updated_at) values (${id(186)}, '1.0.0', 0.5, ${at}, ${at})`,
    `insert into fleet_directives (installation_id, updated_at) values (${id(186)}, ${at})`,
    `insert into fleet_reports (installation_id, version, status, environment, created_at) values (${id(186)}, '1.0.0', 'success', 'node 26', ${at})`,
    `insert into rollouts (id, release_id, stages, state, created_at, updated_at) values (${id(190)}, ${id(188)}, '[]', 'running', ${at}, ${at})`,
    `insert into rollout_members (rollout_id, installation_id, stage, environment, state, offered_at) values (${id(190)}, ${id(186)}, 0, 'node 26', 'offered', ${at})`,
    `insert into fleet_days values ('2026-01-15', '1.0.0', 1)`,
  ],
};
