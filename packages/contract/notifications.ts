import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id, idParams, instant, line } from './fields.ts';
import { customerChannels, messageChannels, messageStates, mutableEvents } from './notification-names.ts';
import { timeOfDay } from './notification-settings.ts';
import { pageOf, pageQuery } from './page.ts';

const tag = 'Notifications';
const language = z.enum(['id', 'en']);
const channels = z.array(z.enum(customerChannels)).max(customerChannels.length);
const muted = z.array(z.enum(mutableEvents)).max(mutableEvents.length);
const days = (least: number) => z.array(z.number().int().min(least).max(60)).max(10);

export const notificationRulesSchema = z
  .object({
    /** Whether customers are told anything but codes. */
    customers_enabled: z.boolean(),
    channels: z.array(z.enum(customerChannels)),
    muted: z.array(z.string()),
    reminder_days_before: z.array(z.number()),
    reminder_days_after: z.array(z.number()),
    quiet_from: z.string().nullable(),
    quiet_to: z.string().nullable(),
    text_days: z.number(),
    updated_at: instant.nullable(),
  })
  .meta({ id: 'NotificationRules' });

export const notificationPreferencesSchema = z
  .object({
    /** Null is as the rules say. */
    channels: z.array(z.enum(customerChannels)).nullable(),
    language: language.nullable(),
    muted: z.array(z.string()),
  })
  .meta({ id: 'NotificationPreferences' });

export const notificationMessageSchema = z
  .object({
    id: z.uuid(),
    event: z.string(),
    channel: z.enum(messageChannels),
    state: z.enum(messageStates),
    customer_id: z.uuid().nullable(),
    setting_id: z.uuid().nullable(),
    /** Where it went; null before, and for staff. */
    address: z.string().nullable(),
    language,
    subject: z.string().nullable(),
    /** Null before it is sent, of messages with a code, and some days after. */
    body: z.string().nullable(),
    attempts: z.number(),
    next_at: instant.nullable(),
    error: z.string().nullable(),
    sent_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: 'NotificationMessage' });

export const preferencesBody = z.strictObject({
  channels: channels.nullable().optional(),
  language: language.nullable().optional(),
  muted: muted.optional(),
});
const filter = {
  state: z.enum(messageStates).optional(),
  channel: z.enum(messageChannels).optional(),
  event: line(50).optional(),
  customer_id: id.optional(),
};

export const notifications = {
  showNotificationRules: endpoint({
    method: 'GET',
    path: '/api/notification-rules',
    tag,
    summary: 'How customers are told: channels, reminders, quiet hours',
    permission: 'notifications:read',
    status: 200,
    response: notificationRulesSchema,
    errors: [],
  }),
  updateNotificationRules: endpoint({
    method: 'PUT',
    path: '/api/notification-rules',
    tag,
    summary: 'Change how customers are told; fields left out stay as they are',
    permission: 'notifications:write',
    body: z.strictObject({
      customers_enabled: z.boolean().optional(),
      channels: channels.optional(),
      /** Events that no customer is told of. */
      muted: muted.optional(),
      /** Days before the due date; 0 is the day itself. */
      reminder_days_before: days(0).optional(),
      reminder_days_after: days(1).optional(),
      quiet_from: timeOfDay.nullable().optional(),
      quiet_to: timeOfDay.nullable().optional(),
      text_days: z.number().int().min(1).max(365).optional(),
    }),
    status: 200,
    response: notificationRulesSchema,
    errors: [],
  }),
  showNotificationPreferences: endpoint({
    method: 'GET',
    path: '/api/customers/:id/notification-preferences',
    tag,
    summary: 'How a customer wants to be told',
    permission: 'customers:read',
    params: idParams,
    status: 200,
    response: notificationPreferencesSchema,
    errors: ['not_found'],
  }),
  setNotificationPreferences: endpoint({
    method: 'PUT',
    path: '/api/customers/:id/notification-preferences',
    tag,
    summary: 'Change how a customer wants to be told; fields left out stay as they are',
    permission: 'customers:write',
    params: idParams,
    body: preferencesBody,
    status: 200,
    response: notificationPreferencesSchema,
    errors: ['not_found', 'customer_anonymised'],
  }),
  listNotificationMessages: endpoint({
    method: 'GET',
    path: '/api/notification-messages',
    tag,
    summary: 'Messages that wait, were sent, or could not be, newest first',
    permission: 'notifications:read',
    query: z.strictObject({ ...pageQuery, ...filter }),
    status: 200,
    response: pageOf(notificationMessageSchema),
    errors: [],
  }),
  showNotificationMessage: endpoint({
    method: 'GET',
    path: '/api/notification-messages/:id',
    tag,
    summary: 'A message',
    permission: 'notifications:read',
    params: idParams,
    status: 200,
    response: notificationMessageSchema,
    errors: ['not_found'],
  }),
  resendNotificationMessage: endpoint({
    method: 'POST',
    path: '/api/notification-messages/:id/resend',
    tag,
    summary: 'Try a dead message again',
    permission: 'notifications:write',
    params: idParams,
    status: 200,
    response: notificationMessageSchema,
    errors: ['not_found', 'conflict'],
  }),
  resendNotificationMessages: endpoint({
    method: 'POST',
    path: '/api/notification-messages/resend',
    tag,
    summary: 'Try dead messages again: all, or those of a channel, an event, the last days',
    permission: 'notifications:write',
    body: z.strictObject({
      channel: z.enum(messageChannels).optional(),
      event: line(50).optional(),
      days: z.number().int().min(1).max(90).optional(),
    }),
    status: 200,
    response: z.object({ resent: z.number() }),
    errors: [],
  }),
  listNotificationLanes: endpoint({
    method: 'GET',
    path: '/api/notification-lanes',
    tag,
    summary: 'Where messages cannot be sent just now, why, and until when it is left in peace',
    permission: 'notifications:read',
    status: 200,
    response: z.object({
      data: z.array(
        z.object({
          lane: z.string(),
          failures: z.number(),
          error: z.string().nullable(),
          rest_until: instant.nullable(),
        }),
      ),
    }),
    errors: [],
  }),
};
