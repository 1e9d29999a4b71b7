import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { instant, queryBoolean } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';

export const alertTypes = [
  'device_down',
  'device_up',
  'high_latency',
  'packet_loss',
  'payment',
  'subscription',
  'system',
  'quota',
  'security',
  'update',
  'license',
] as const;
export const alertSeverities = ['info', 'warning', 'critical'] as const;

export const alertSchema = z
  .object({
    id: z.uuid(),
    type: z.enum(alertTypes),
    severity: z.enum(alertSeverities),
    title: z.string(),
    message: z.string(),
    meta: z.record(z.string(), z.unknown()).nullable(),
    is_read: z.boolean(),
    notification_sent: z.boolean(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Alert' });

export const alerts = {
  listAlerts: endpoint({
    method: 'GET',
    path: '/api/alerts',
    tag: 'Alerts',
    summary: 'What somebody should know, newest first',
    permission: 'alerts:read',
    query: z.strictObject({
      ...pageQuery,
      type: z.enum(alertTypes).optional(),
      severity: z.enum(alertSeverities).optional(),
      is_read: queryBoolean.optional(),
    }),
    status: 200,
    response: pageOf(alertSchema),
    errors: [],
  }),
};
