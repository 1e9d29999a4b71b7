import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { email, idParams, instant } from './fields.ts';
import { settingChannels, staffEvents } from './notification-names.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

/** A time of day, HH:MM. */
export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
  error: say('Use a time from 00:00 to 23:59.', 'Gunakan jam dari 00:00 sampai 23:59.'),
});

const language = z.enum(['id', 'en']);

/** Who of the staff is told of what, and where (spec 3, notification_settings). */
export const notificationSettingSchema = z
  .object({
    id: z.uuid(),
    channel: z.enum(settingChannels),
    /** Without what must stay secret: a bot's token, a webhook's secret, Slack's address. */
    config: z.object({
      chat_id: z.string().optional(),
      email: z.string().optional(),
      url: z.string().optional(),
      phone: z.string().optional(),
    }),
    /** Whether something secret is stored beside it. */
    has_credentials: z.boolean(),
    events: z.array(z.string()),
    is_active: z.boolean(),
    language: language.nullable(),
    digest_seconds: z.number(),
    max_per_hour: z.number(),
    quiet_from: z.string().nullable(),
    quiet_to: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'NotificationSetting' });

const secretText = (max: number) => z.string().min(1).max(max);

const config = z.strictObject({
  /** Telegram: of the bot; TELEGRAM_BOT_TOKEN where it is left out. */
  bot_token: z
    .string()
    .max(100)
    .regex(/^\d{1,20}:[A-Za-z0-9_-]{20,80}$/, {
      error: say(
        'Copy the token as @BotFather shows it, like 123456:ABC….',
        'Salin token seperti yang ditunjukkan @BotFather, misalnya 123456:ABC….',
      ),
    })
    .optional(),
  /** Telegram: of a person, a group or a channel; TELEGRAM_CHAT_ID where it is left out. */
  chat_id: z
    .string()
    .max(64)
    .regex(/^(-?\d{1,20}|@\w{4,60})$/, {
      error: say(
        'Use a number like -1001234567890, or @channel.',
        'Gunakan angka seperti -1001234567890, atau @channel.',
      ),
    })
    .optional(),
  email: email.optional(),
  /** Webhook and Slack. */
  url: z
    .url({
      protocol: /^https?$/,
      error: say('Use an address that begins with https://.', 'Gunakan alamat yang diawali https://.'),
    })
    .max(500)
    .optional(),
  /** Webhook: what its signature is made with. */
  secret: secretText(200).optional(),
  /** WhatsApp: the number that is told, with the country in front. */
  phone: z
    .string()
    .trim()
    .max(20)
    .regex(/^\+?\d[\d -]{7,18}$/, {
      error: say('Use a number like +6281234567890.', 'Gunakan nomor seperti +6281234567890.'),
    })
    .optional(),
});

const events = z.array(z.enum(staffEvents)).min(1).max(staffEvents.length);
const settings = {
  is_active: z.boolean().optional(),
  language: language.nullable().optional(),
  /** What comes within so many seconds is one message; 0 tells at once what a minute has. */
  digest_seconds: z.number().int().min(0).max(86_400).optional(),
  /** More than so many messages an hour become one. */
  max_per_hour: z.number().int().min(1).max(1000).optional(),
  /** Local time in which only what is critical is told. */
  quiet_from: timeOfDay.nullable().optional(),
  quiet_to: timeOfDay.nullable().optional(),
};

const tag = 'Notifications';

export const notificationSettings = {
  listNotificationSettings: endpoint({
    method: 'GET',
    path: '/api/notification-settings',
    tag,
    summary: 'Who of the staff is told of what, newest first',
    permission: 'notifications:write',
    query: z.strictObject(pageQuery),
    status: 200,
    response: pageOf(notificationSettingSchema),
    errors: [],
  }),
  createNotificationSetting: endpoint({
    method: 'POST',
    path: '/api/notification-settings',
    tag,
    summary: 'Have somebody told by Telegram, e-mail, webhook, Slack or WhatsApp',
    permission: 'notifications:write',
    body: z.strictObject({ channel: z.enum(settingChannels), config, events, ...settings }),
    status: 201,
    response: notificationSettingSchema,
    errors: [],
  }),
  showNotificationSetting: endpoint({
    method: 'GET',
    path: '/api/notification-settings/:id',
    tag,
    summary: 'A setting, without its secrets',
    permission: 'notifications:write',
    params: idParams,
    status: 200,
    response: notificationSettingSchema,
    errors: ['not_found'],
  }),
  updateNotificationSetting: endpoint({
    method: 'PUT',
    path: '/api/notification-settings/:id',
    tag,
    summary:
      'Change a setting; fields left out stay as they are, a config that is sent takes the place of all of it',
    permission: 'notifications:write',
    params: idParams,
    body: z.strictObject({ config: config.optional(), events: events.optional(), ...settings }),
    status: 200,
    response: notificationSettingSchema,
    errors: ['not_found'],
  }),
  deleteNotificationSetting: endpoint({
    method: 'DELETE',
    path: '/api/notification-settings/:id',
    tag,
    summary: 'Delete a setting with what it was still to be told',
    permission: 'notifications:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found'],
  }),
  testNotificationSetting: endpoint({
    method: 'POST',
    path: '/api/notification-settings/:id/test',
    tag,
    summary: 'Send a test message now, and say what came of it',
    permission: 'notifications:write',
    params: idParams,
    status: 200,
    response: z.object({ success: z.boolean(), message: z.string() }),
    errors: ['not_found'],
  }),
};
