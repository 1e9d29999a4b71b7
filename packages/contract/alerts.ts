import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idParams, instant, queryBoolean } from './fields.ts';
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
  showAlert: endpoint({
    method: 'GET',
    path: '/api/alerts/:id',
    tag: 'Alerts',
    summary: 'An alert',
    permission: 'alerts:read',
    params: idParams,
    status: 200,
    response: alertSchema,
    errors: ['not_found'],
  }),
  readAlert: endpoint({
    method: 'POST',
    path: '/api/alerts/:id/read',
    tag: 'Alerts',
    summary: 'Note that an alert was read; one that was read before stays so',
    permission: 'alerts:read',
    params: idParams,
    status: 200,
    response: alertSchema,
    errors: ['not_found'],
  }),
  readAllAlerts: endpoint({
    method: 'POST',
    path: '/api/alerts/read-all',
    tag: 'Alerts',
    summary: 'Note that all alerts, or all of a type, were read',
    permission: 'alerts:read',
    body: z.strictObject({ type: z.enum(alertTypes).optional() }),
    status: 200,
    response: z.object({ read: z.number() }),
    errors: [],
  }),
};
