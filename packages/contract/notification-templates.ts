import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idParams, instant, line } from './fields.ts';
import { customerChannels, customerEvents } from './notification-names.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

const tag = 'Notifications';
const language = z.enum(['id', 'en']);

export const notificationTemplateSchema = z
  .object({
    id: z.uuid(),
    event: z.enum(customerEvents),
    channel: z.enum(customerChannels),
    language,
    subject: z.string().nullable(),
    body: z.string(),
    whatsapp_name: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'NotificationTemplate' });

const subject = z
  .string()
  .trim()
  .max(200)
  .transform((value) => value || null)
  .nullable();
const body = z.string().trim().min(1).max(2000);
const approvedName = z
  .string()
  .trim()
  .regex(/^[a-z0-9_]{1,200}$/, {
    error: say(
      'Use the name as Meta shows it, like nadi_invoice_issued.',
      'Gunakan nama seperti di Meta, misalnya nadi_invoice_issued.',
    ),
  })
  .nullable();
const place = { event: z.enum(customerEvents), channel: z.enum(customerChannels), language };

export const notificationTemplates = {
  listNotificationEvents: endpoint({
    method: 'GET',
    path: '/api/notification-events',
    tag,
    summary:
      'What customers are told, with the variables of each text and what is said unless a template says it otherwise',
    permission: 'notifications:read',
    status: 200,
    response: z.object({
      data: z.array(
        z.object({
          event: z.enum(customerEvents),
          variables: z.array(z.string()),
          texts: z.array(z.object({ language, subject: z.string(), body: z.string() })),
        }),
      ),
    }),
    errors: [],
  }),
  listNotificationTemplates: endpoint({
    method: 'GET',
    path: '/api/notification-templates',
    tag,
    summary: 'Templates that say it otherwise, newest first',
    permission: 'notifications:read',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(notificationTemplateSchema),
    errors: [],
  }),
  createNotificationTemplate: endpoint({
    method: 'POST',
    path: '/api/notification-templates',
    tag,
    summary: 'Say an event otherwise on a channel and in a language, with variables as {{amount}}',
    permission: 'notifications:write',
    body: z.strictObject({
      ...place,
      subject: subject.optional(),
      body,
      whatsapp_name: approvedName.optional(),
    }),
    status: 201,
    response: notificationTemplateSchema,
    errors: [],
  }),
  showNotificationTemplate: endpoint({
    method: 'GET',
    path: '/api/notification-templates/:id',
    tag,
    summary: 'A template',
    permission: 'notifications:read',
    params: idParams,
    status: 200,
    response: notificationTemplateSchema,
    errors: ['not_found'],
  }),
  updateNotificationTemplate: endpoint({
    method: 'PUT',
    path: '/api/notification-templates/:id',
    tag,
    summary: 'Change a template',
    permission: 'notifications:write',
    params: idParams,
    body: z.strictObject({
      subject: subject.optional(),
      body: body.optional(),
      whatsapp_name: approvedName.optional(),
    }),
    status: 200,
    response: notificationTemplateSchema,
    errors: ['not_found'],
  }),
  deleteNotificationTemplate: endpoint({
    method: 'DELETE',
    path: '/api/notification-templates/:id',
    tag,
    summary: 'Delete a template: the usual text is sent again',
    permission: 'notifications:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found'],
  }),
  previewNotification: endpoint({
    method: 'POST',
    path: '/api/notification-templates/preview',
    tag,
    summary: 'What a text looks like with examples in it; without a text, what is sent now',
    permission: 'notifications:write',
    body: z.strictObject({ ...place, subject: line(200).optional(), body: body.optional() }),
    status: 200,
    response: z.object({ subject: z.string(), body: z.string() }),
    errors: [],
  }),
};
