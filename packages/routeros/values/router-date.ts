import { RouterValueError } from './value-error.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const time = '(\\d\\d):(\\d\\d):(\\d\\d)';
const beforeSeven10 = new RegExp(`^([a-z]{3})/(\\d\\d)(?:/(\\d{4}))?(?: ${time})?$`, 'i');
const sinceSeven10 = new RegExp(`^(?:(\\d{4})-)?(\\d\\d)-(\\d\\d)(?: ${time})?$`);
const timeAlone = new RegExp(`^${time}$`);

/**
 * When it was by the router's own clock and zone: `jan/02/2026 15:04:05` as before RouterOS 7.10, `2026-01-02 15:04:05` since.
 * The log leaves out what is the same today: a time alone is of `today`, a day alone of the last year in which it was not yet
 * to come (but tomorrow's, since zones differ). Throws RouterValueError.
 */
export function parseRouterDate(text: string, today: Temporal.PlainDate): Temporal.PlainDateTime {
  const old = beforeSeven10.exec(text);
  if (old !== null) {
    const [, month = '', day, year, ...clock] = old;
    return moment(year, months.indexOf(month.toLowerCase()) + 1, day, clock, today);
  }
  const recent = sinceSeven10.exec(text);
  if (recent !== null) {
    const [, year, month, day, ...clock] = recent;
    return moment(year, Number(month), day, clock, today);
  }
  const alone = timeAlone.exec(text);
  if (alone !== null) return today.toPlainDateTime(clockTime(alone.slice(1)));
  throw new RouterValueError('date', 'is not a date');
}

function moment(
  year: string | undefined,
  month: number,
  day: string | undefined,
  clock: readonly (string | undefined)[],
  today: Temporal.PlainDate,
): Temporal.PlainDateTime {
  const of = (written: number) =>
    exact(() => Temporal.PlainDate.from({ year: written, month, day: Number(day) }, { overflow: 'reject' }));
  return (year === undefined ? lastSuch(of, today) : of(Number(year))).toPlainDateTime(clockTime(clock));
}

function lastSuch(of: (year: number) => Temporal.PlainDate, today: Temporal.PlainDate): Temporal.PlainDate {
  const tomorrow = today.add({ days: 1 });
  // 29 February is up to eight years back.
  for (let year = tomorrow.year; year >= tomorrow.year - 8; year -= 1) {
    try {
      const date = of(year);
      if (Temporal.PlainDate.compare(date, tomorrow) <= 0) return date;
    } catch (error) {
      if (!(error instanceof RouterValueError)) throw error;
    }
  }
  throw new RouterValueError('date', 'is not a date');
}

function clockTime([hour, minute, second]: readonly (string | undefined)[]): Temporal.PlainTime {
  return exact(() =>
    Temporal.PlainTime.from(
      { hour: Number(hour ?? 0), minute: Number(minute ?? 0), second: Number(second ?? 0) },
      { overflow: 'reject' },
    ),
  );
}

function exact<Value>(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw new RouterValueError('date', 'is not a date');
    throw error;
  }
}
