import type { Kit } from '#kit/kit.ts';
import type { Carrier, Outcome } from './channels/carrier.ts';
import { emailCarrier } from './channels/email.ts';
import type { Poster } from './channels/post.ts';
import { slackCarrier } from './channels/slack.ts';
import { telegramCarrier } from './channels/telegram.ts';
import { webhookCarrier } from './channels/webhook.ts';
import { whatsappCarrier } from './channels/whatsapp.ts';
import type { SettingRow } from './setting-queries.ts';
import { configOf } from './settings.ts';

/** Who carries messages of a channel, for the setting if it is one's own. What is not set up takes nothing. */
export function carrierOf(
  kit: Kit,
  poster: Poster,
  channel: string,
  setting: SettingRow | undefined,
): Carrier {
  const { mail, messaging } = kit.config;
  const targets = messaging.privateTargets ? 'private' : 'public';
  if (channel === 'email') return mail === undefined ? notSetUp('MAIL_HOST') : emailCarrier(mail);
  if (channel === 'whatsapp') {
    const { whatsapp } = messaging;
    return whatsapp === undefined ? notSetUp('WHATSAPP_ACCESS_TOKEN') : whatsappCarrier(poster, whatsapp);
  }
  if (setting === undefined) return notSetUp('notification_settings');
  if (channel === 'slack') return slackCarrier(poster, targets);
  const { bot_token: token = messaging.telegram.botToken, secret } = configOf(kit, setting);
  if (channel === 'webhook') {
    const seconds = () => Math.floor(kit.clock.now().epochMilliseconds / 1000);
    return webhookCarrier(poster, { secret, targets, seconds });
  }
  return token === undefined
    ? notSetUp('TELEGRAM_BOT_TOKEN')
    : telegramCarrier(poster, messaging.telegram.apiUrl, token);
}

function notSetUp(name: string): Carrier {
  const outcome: Outcome = { kind: 'down', reason: `not set up: ${name}` };
  return { concurrency: 1, carry: async () => outcome, close: () => {} };
}
