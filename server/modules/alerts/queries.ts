import { sql } from 'kysely';
import type { Db, SqlPart } from '#kit/db.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export interface AlertRow {
  readonly id: string;
  readonly type: string;
  readonly severity: string;
  readonly title: string;
  readonly message: string;
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly is_read: boolean;
  readonly notification_sent: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface AlertFilter extends PageRequest {
  readonly type?: string | undefined;
  readonly severity?: string | undefined;
  readonly is_read?: boolean | undefined;
}

const columns = sql`t.id, t.type, t.severity, t.title, t.message, t.meta, t.is_read, t.notification_sent, t.created_at, t.updated_at`;

export function listAlertRows(db: Db, { type, severity, is_read: isRead, ...page }: AlertFilter) {
  const where = [
    ...(type === undefined ? [] : [sql`t.type = ${type}`]),
    ...(severity === undefined ? [] : [sql`t.severity = ${severity}`]),
    ...(isRead === undefined ? [] : [sql`t.is_read = ${isRead}`]),
  ];
  return listPage<AlertRow>(db, { select: columns, from: sql`alert_logs t`, where }, page);
}

export async function findAlert(db: Db, id: string): Promise<AlertRow | undefined> {
  const { rows } = await sql<AlertRow>`select ${columns} from alert_logs t where t.id = ${id}`.execute(db);
  return rows[0];
}

/** Notes that the alert was read; nothing where it was before, or is not there. */
export async function markAlertRead(db: Db, id: string, at: string): Promise<AlertRow | undefined> {
  const { rows } = await sql<AlertRow>`
    update alert_logs t set is_read = true, updated_at = ${at}::timestamptz where t.id = ${id} and not t.is_read
    returning ${columns}`.execute(db);
  return rows[0];
}

/** Notes that all alerts up to `at` were read; how many there were. */
export async function markAlertsRead(db: Db, type: string | undefined, at: string): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update alert_logs set is_read = true, updated_at = ${at}::timestamptz
    where not is_read and created_at <= ${at}::timestamptz ${type === undefined ? sql`` : sql`and type = ${type}`}`.execute(
    db,
  );
  return Number(numAffectedRows);
}

/**
 * Statement: raises alerts from `told`, a relation of type, severity, title, message, meta, once_for, subject and parent. Each
 * `once_for` is raised once for good. An alert is of the `subject`, which cannot be reached without its `parent`; either may be null.
 */
export const raiseAlertsStatement = (told: SqlPart<unknown>, at: string): SqlPart<unknown> => sql`
  insert into alert_logs (id, type, severity, title, message, meta, once_for, subject, parent, created_at, updated_at)
  select nadi_uuid(${at}::timestamptz, row_number() over ()), t.type, t.severity, t.title, t.message, t.meta, t.once_for, t.subject,
    t.parent, ${at}::timestamptz, ${at}::timestamptz
  from ${told} t where t.once_for is null or not exists (select from alert_logs a where a.once_for = t.once_for)
  on conflict (once_for) do nothing`;

/** Notes that somebody was told of these. */
export async function markAlertsSent(db: Db, ids: readonly string[], at: string): Promise<void> {
  await sql`
    update alert_logs set notification_sent = true, updated_at = ${at}::timestamptz
    where id = any(${[...ids]}::uuid[]) and not notification_sent`.execute(db);
}

/** Alerts as they are raised by code that has them at hand. */
export interface NewAlert {
  readonly type: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly title: string;
  readonly message: string;
  readonly meta?: object;
  readonly once_for?: string;
  readonly subject?: string;
  readonly parent?: string;
}

/** {@link raiseAlertsStatement} of a list, in one statement. */
export async function raiseAlerts(db: Db, alerts: readonly NewAlert[], at: string): Promise<void> {
  if (alerts.length === 0) return;
  const told = sql`(select * from jsonb_to_recordset(${JSON.stringify(alerts)}::jsonb)
    as r(type text, severity text, title text, message text, meta jsonb, once_for text, subject text, parent text))`;
  await raiseAlertsStatement(told, at).execute(db);
}
