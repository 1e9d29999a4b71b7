import type { Clock } from '#kit/clock.ts';

/**
 * What a message shares its fate with: the mail server and the account of WhatsApp with all that go there, else the one place that
 * a setting names. A lane that fails rests, and no other one waits for it.
 */
export const laneOf = (channel: string, settingId: string): string =>
  channel === 'email' || channel === 'whatsapp' ? channel : `${channel}:${settingId}`;

/** The organisation's time of day, `HH:MM:SS`. */
export const timeHere = (clock: Clock, timeZone: string): string =>
  clock.now().toZonedDateTimeISO(timeZone).toPlainTime().toString({ smallestUnit: 'second' });
