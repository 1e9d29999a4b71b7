import type { z } from 'zod';
import type {
  notificationMessageSchema,
  notificationPreferencesSchema,
  notificationRulesSchema,
  notificationSettingSchema,
  notificationTemplateSchema,
} from '#contract';
import type { MessageRow } from './outbox-queries.ts';
import type { PreferenceRow } from './preference-queries.ts';
import type { RulesRow } from './rules-queries.ts';
import type { SettingRow } from './setting-queries.ts';
import type { TemplateRow } from './template-queries.ts';

type Setting = z.input<typeof notificationSettingSchema>;
type Rules = z.input<typeof notificationRulesSchema>;
type Template = z.input<typeof notificationTemplateSchema>;
type Preferences = z.input<typeof notificationPreferencesSchema>;
type Message = z.input<typeof notificationMessageSchema>;

const hours = (time: string | null) => time?.slice(0, 5) ?? null;

// The columns' checks allow just the contract's values, here and below.

/** Without its secrets. */
export function presentSetting({ secret, ...row }: SettingRow): Setting {
  return {
    ...row,
    channel: row.channel as Setting['channel'],
    config: row.config as Setting['config'],
    has_credentials: secret !== null,
    language: row.language as Setting['language'],
    quiet_from: hours(row.quiet_from),
    quiet_to: hours(row.quiet_to),
  };
}

export function presentRules({ id: _, ...row }: RulesRow): Rules {
  return {
    ...row,
    channels: row.channels as Rules['channels'],
    quiet_from: hours(row.quiet_from),
    quiet_to: hours(row.quiet_to),
  };
}

export function presentTemplate(row: TemplateRow): Template {
  return {
    ...row,
    event: row.event as Template['event'],
    channel: row.channel as Template['channel'],
    language: row.language as Template['language'],
  };
}

/** Of a customer who never said anything, what that means. */
export function presentPreferences(row: PreferenceRow | undefined): Preferences {
  return {
    channels: (row?.channels ?? null) as Preferences['channels'],
    language: (row?.language ?? null) as Preferences['language'],
    muted: row?.muted ?? [],
  };
}

/** Without what nobody may read. */
export function presentMessage(row: MessageRow): Message {
  return {
    ...row,
    channel: row.channel as Message['channel'],
    state: row.state as Message['state'],
    language: row.language as Message['language'],
    next_at: row.state === 'waiting' ? row.next_at : null,
  };
}
