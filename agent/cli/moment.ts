import { AgentError } from '../errors.ts';

/**
 * A moment that a person wrote: `02:00` is the next one in the time zone, `2026-11-23 02:00` there, `2026-11-23T02:00+07:00` as it says.
 * @throws {AgentError} bad_option where it is none, is over, or is more than a year away
 */
export function momentOf(text: string, timeZone: string, now: Temporal.Instant): Temporal.Instant {
  const moment = read(text.trim(), timeZone, now);
  if (moment === undefined)
    throw bad(
      'is a time such as 02:00, 2026-11-23 02:00 or 2026-11-23T02:00+07:00.',
      'berupa waktu seperti 02:00, 2026-11-23 02:00, atau 2026-11-23T02:00+07:00.',
    );
  const hours = moment.since(now).total('hours');
  if (hours <= 0) throw bad('is over already.', 'sudah lewat.');
  if (hours > 366 * 24) throw bad('is more than a year away.', 'lebih dari setahun lagi.');
  return moment;
}

function read(text: string, timeZone: string, now: Temporal.Instant): Temporal.Instant | undefined {
  try {
    if (/^\d{1,2}:\d{2}$/.test(text)) {
      const today = now.toZonedDateTimeISO(timeZone);
      const plainTime = Temporal.PlainTime.from(text.padStart(5, '0'));
      const moment = today.toPlainDate().toZonedDateTime({ timeZone, plainTime });
      return (
        Temporal.ZonedDateTime.compare(moment, today) > 0 ? moment : moment.add({ days: 1 })
      ).toInstant();
    }
    const whole = text.replace(' ', 'T');
    if (/(Z|[+-]\d{2}:?\d{2})$/i.test(whole)) return Temporal.Instant.from(whole);
    return /T\d{2}:\d{2}/.test(whole)
      ? Temporal.PlainDateTime.from(whole).toZonedDateTime(timeZone).toInstant()
      : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const bad = (en: string, id: string) => new AgentError('bad_option', { en: `--at ${en}`, id: `--at ${id}` });
