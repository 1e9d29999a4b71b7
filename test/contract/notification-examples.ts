import type { Prepare, Values } from './prepare.ts';
import { routerSecret, telegramToken } from './world.ts';

/** Values of fields, where any of the right form would not do. */
export const notificationValues: Values = {
  bot_token: telegramToken,
  chat_id: '-100123',
  url: 'https://kabar.example/hook',
  phone: '+62 812 3456 7890',
  events: ['security'],
  channels: ['email'],
  muted: ['service_resumed'],
  reminder_days_before: [7, 1],
  reminder_days_after: [1],
  quiet_from: '21:00',
  quiet_to: '06:30',
};

const quiet = { quiet_from: '21:00', quiet_to: '06:30' };
const setting: Values = {
  events: ['security', 'payment_received'],
  is_active: true,
  language: 'en',
  digest_seconds: 60,
  max_per_hour: 10,
  ...quiet,
};
const webhook = { url: 'https://kabar.example/hook', secret: routerSecret };
const text = { subject: 'Halo', body: 'Halo {{customer_name}}', whatsapp_name: 'nadi_contoh' };

/** What endpoints of notifications need said. */
export const notificationPreparations: Readonly<Record<string, Prepare>> = {
  createNotificationSetting: async () => [
    { body: { ...setting, channel: 'webhook', config: webhook } },
    {
      body: { ...setting, channel: 'telegram', config: { bot_token: telegramToken, chat_id: '@sinar_net' } },
    },
    { body: { ...setting, channel: 'whatsapp', config: { phone: '+62 812 3456 7890' } } },
    { body: { ...setting, channel: 'email', config: { email: 'noc@sinar.test' } } },
  ],
  updateNotificationSetting: async () => [{ body: { ...setting, config: webhook } }],
  updateNotificationRules: async () => [
    {
      body: {
        customers_enabled: true,
        channels: ['whatsapp', 'email'],
        muted: ['service_resumed'],
        reminder_days_before: [7, 1],
        reminder_days_after: [1],
        ...quiet,
        text_days: 30,
      },
    },
  ],
  createNotificationTemplate: async (_, nadi) => {
    await nadi.kit.pool.query(`delete from notification_templates where channel = 'whatsapp'`);
    return [{ body: { event: 'invoice_issued', channel: 'whatsapp', language: 'id', ...text } }];
  },
  updateNotificationTemplate: async () => [{ body: text }],
  previewNotification: async () => [
    {
      body: {
        event: 'payment_received',
        channel: 'email',
        language: 'en',
        subject: 'Hi',
        body: '{{amount}}',
      },
    },
  ],
};
