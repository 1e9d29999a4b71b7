import { type RawBuilder, sql } from 'kysely';
import type { z } from 'zod';
import type { auditLogSchema } from '#contract';
import type { Db } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { listPage, type PageRequest } from '#kit/page-queries.ts';

export interface AuditRow {
  readonly user_id: string | null;
  readonly actor: string;
  readonly action: string;
  readonly subject_type: string;
  readonly subject_id: string | null;
  readonly old_values: object | null;
  readonly new_values: object | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly request_id: string | null;
}

/** Adds rows in one statement. */
export async function insertAuditRows(db: Db, rows: readonly AuditRow[], at: string): Promise<void> {
  await sql`
    insert into audit_logs (id, user_id, actor, action, subject_type, subject_id, old_values, new_values,
      ip_address, user_agent, request_id, created_at)
    select nadi_uuid(${at}::timestamptz, row_number() over ()), r.*, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(user_id uuid, actor text, action text,
      subject_type text, subject_id uuid, old_values jsonb, new_values jsonb, ip_address text, user_agent text,
      request_id text)`.execute(db);
}

export interface RunAudit {
  readonly runId: string;
  readonly action: string;
  readonly author: Author;
  readonly at: string;
  /** A jsonb object of what this step adds to the run's row. */
  readonly values: RawBuilder<unknown>;
  /** A relation with a column `touched`; the row is written only where it is above zero. */
  readonly counted: RawBuilder<unknown>;
}

/** The one audit row of a set-based run, as a statement to stand beside the run's writes in a WITH clause. */
export function runAuditStatement(run: RunAudit): RawBuilder<unknown> {
  const { userId, name, ip, userAgent, requestId } = run.author;
  return sql`
    insert into audit_logs (id, user_id, actor, action, subject_type, subject_id, new_values, ip_address, user_agent,
      request_id, created_at)
    select ${run.runId}::uuid, ${userId ?? null}::uuid, ${name}, ${run.action}, 'billing_run', ${run.runId}::uuid, ${run.values},
      ${ip ?? null}, ${userAgent ?? null}, ${requestId ?? null}, ${run.at}::timestamptz
    from ${run.counted} where touched > 0
    on conflict (id) do update set new_values = audit_logs.new_values || excluded.new_values`;
}

export interface AuditFilter extends PageRequest {
  readonly user_id?: string | undefined;
  readonly action?: string | undefined;
  readonly subject_type?: string | undefined;
  readonly subject_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function listAuditRows(db: Db, filter: AuditFilter, timeZone: string) {
  const where = [
    filter.user_id && sql`t.user_id = ${filter.user_id}`,
    filter.action && sql`t.action = ${filter.action}`,
    filter.subject_type && sql`t.subject_type = ${filter.subject_type}`,
    filter.subject_id && sql`t.subject_id = ${filter.subject_id}`,
    filter.from && sql`t.created_at >= (${filter.from}::date::timestamp at time zone ${timeZone})`,
    filter.to && sql`t.created_at < ((${filter.to}::date + 1)::timestamp at time zone ${timeZone})`,
  ].filter((part) => part !== undefined && part !== '');
  return listPage<z.input<typeof auditLogSchema>>(
    db,
    { select: sql`t.*`, from: sql`audit_logs t`, where },
    filter,
  );
}
