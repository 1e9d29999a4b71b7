import type { SettingChannel } from '#contract';
import { fieldError, type Message } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { sealedFor } from './sealed-for.ts';
import type { SettingRow } from './setting-queries.ts';

/** What a setting is given, by channel: spec 3 has `{bot_token, chat_id}`, `{email}` and `{url}`. */
export interface ConfigInput {
  readonly bot_token?: string | undefined;
  readonly chat_id?: string | undefined;
  readonly email?: string | undefined;
  readonly url?: string | undefined;
  readonly secret?: string | undefined;
  readonly phone?: string | undefined;
}
type Key = keyof ConfigInput;

/** What each channel takes; what is named `sealed` never leaves again. Slack's address is its password. */
const keys: Readonly<
  Record<
    SettingChannel,
    { readonly open: readonly Key[]; readonly sealed: readonly Key[]; readonly needed: readonly Key[] }
  >
> = {
  telegram: { open: ['chat_id'], sealed: ['bot_token'], needed: [] },
  email: { open: ['email'], sealed: [], needed: ['email'] },
  webhook: { open: ['url'], sealed: ['secret'], needed: ['url'] },
  slack: { open: [], sealed: ['url'], needed: ['url'] },
  whatsapp: { open: ['phone'], sealed: [], needed: ['phone'] },
};

const has = (value: string | undefined): value is string => value !== undefined && value !== '';

/** @throws {AppError} validation_failed, naming what is missing, or does not belong to the channel */
export function splitConfig(
  channel: SettingChannel,
  config: ConfigInput,
): { readonly open: ConfigInput; readonly sealed: ConfigInput } {
  const { open, sealed, needed } = keys[channel];
  const given = (Object.keys(config) as Key[]).filter((key) => config[key] !== undefined); // Unknown ones were refused.
  for (const key of given) {
    if (open.includes(key) || sealed.includes(key)) continue;
    throw fieldError(`config.${key}`, foreign(channel, [...open, ...sealed]));
  }
  for (const key of needed) if (!has(config[key])) throw fieldError(`config.${key}`, missing);
  const pick = (names: readonly Key[]) =>
    Object.fromEntries(given.filter((key) => names.includes(key)).map((key) => [key, config[key]]));
  return { open: pick(open), sealed: pick(sealed) };
}

const missing: Message = { en: 'This channel needs it.', id: 'Saluran ini membutuhkannya.' };
const foreign = (channel: string, names: readonly string[]): Message => ({
  en: `The channel ${channel} takes ${names.join(' and ')} only.`,
  id: `Saluran ${channel} hanya memakai ${names.join(' dan ')}.`,
});

/** All of what a setting was given. */
export function configOf(kit: Kit, row: Pick<SettingRow, 'id' | 'config' | 'secret'>): ConfigInput {
  // The column holds what splitConfig gave.
  const open = row.config as ConfigInput;
  return row.secret === null
    ? open
    : { ...open, ...JSON.parse(kit.secrets.open(row.secret, sealedFor.setting(row.id))) };
}

/** Where a setting's messages go. */
export function addressOf(kit: Kit, row: SettingRow): string | undefined {
  const config = configOf(kit, row);
  if (row.channel === 'telegram') return config.chat_id ?? kit.config.messaging.telegram.chatId;
  if (row.channel === 'email') return config.email;
  return row.channel === 'whatsapp' ? config.phone : config.url;
}
