import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, instant } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';

export const auditLogSchema = z
  .object({
    id: z.uuid(),
    user_id: z.uuid().nullable(),
    actor: z.string(),
    action: z.string(),
    subject_type: z.string().nullable(),
    subject_id: z.uuid().nullable(),
    old_values: z.record(z.string(), z.unknown()).nullable(),
    new_values: z.record(z.string(), z.unknown()).nullable(),
    ip_address: z.string().nullable(),
    user_agent: z.string().nullable(),
    request_id: z.string().nullable(),
    created_at: instant,
  })
  .meta({ id: 'AuditLog' });

export const audit = {
  listAuditLogs: endpoint({
    method: 'GET',
    path: '/api/audit-logs',
    tag: 'Audit',
    summary: 'Who changed what, newest first, by person, action, subject and local dates',
    permission: 'audit:read',
    query: z.strictObject({
      ...pageQuery,
      user_id: id.optional(),
      action: z.string().min(1).max(100).optional(),
      subject_type: z.string().min(1).max(50).optional(),
      subject_id: id.optional(),
      from: date.optional(),
      to: date.optional(),
    }),
    status: 200,
    response: pageOf(auditLogSchema),
    errors: [],
  }),
};
