/** A time of the week in which updates may be applied unattended: from `from` until `to` (HH:MM), past midnight where `to` is not later. */
export interface Window {
  /** 1 is Monday, 7 Sunday: the days on which it opens. All of them unless told. */
  readonly days?: readonly number[];
  readonly from: string;
  readonly to: string;
}

export interface Schedule {
  /** The greatest update that is applied without anybody asking. */
  readonly unattended: 'none' | 'patch' | 'minor' | 'major';
  /** None means at any time. */
  readonly windows: readonly Window[];
  readonly timeZone: string;
}

export interface Waiting {
  readonly type: 'major' | 'minor' | 'patch' | 'hotfix';
  /** Somebody asked for it, now or for a moment that was chosen. */
  readonly askedFor?: { readonly notBefore?: Temporal.Instant };
  /** For so long it may be at work: a window must be open that long. */
  readonly seconds: number;
}

export type Judgement =
  | { readonly is: 'now' }
  | { readonly is: 'later'; readonly at: Temporal.Instant }
  | { readonly is: 'never' };

const ranks = { none: 0, hotfix: 1, patch: 1, minor: 2, major: 3 };

/**
 * Whether an update may begin. Asked for by somebody it begins at once or at the moment they chose; else by itself, where it is small enough, in
 * a window that stays open long enough. Judged by the moment alone: a clock that was set back or forth asks again.
 */
export function mayBegin(
  schedule: Schedule,
  { type, askedFor, seconds }: Waiting,
  now: Temporal.Instant,
): Judgement {
  if (askedFor !== undefined) {
    const { notBefore } = askedFor;
    return notBefore !== undefined && Temporal.Instant.compare(now, notBefore) < 0
      ? { is: 'later', at: notBefore }
      : { is: 'now' };
  }
  if (ranks[type] > ranks[schedule.unattended]) return { is: 'never' };
  if (schedule.windows.length === 0) return { is: 'now' };
  const openings = schedule.windows.flatMap((window) => openingsOf(window, schedule.timeZone, now));
  const fitting = openings
    .filter(({ from, to }) => latest(from, now).add({ seconds }).epochMilliseconds <= to.epochMilliseconds)
    .map(({ from }) => latest(from, now))
    .sort(Temporal.Instant.compare);
  const [at] = fitting;
  if (at === undefined) return { is: 'never' };
  return Temporal.Instant.compare(at, now) === 0 ? { is: 'now' } : { is: 'later', at };
}

const latest = (one: Temporal.Instant, other: Temporal.Instant): Temporal.Instant =>
  Temporal.Instant.compare(one, other) < 0 ? other : one;

/** From yesterday, whose window may still be open, to the same day of next week. */
function openingsOf({ days, from, to }: Window, timeZone: string, now: Temporal.Instant) {
  const today = now.toZonedDateTimeISO(timeZone).toPlainDate();
  const [opens, closes] = [Temporal.PlainTime.from(from), Temporal.PlainTime.from(to)];
  const isPastMidnight = Temporal.PlainTime.compare(closes, opens) <= 0;
  return Array.from({ length: 9 }, (_, n) => today.add({ days: n - 1 }))
    .filter(({ dayOfWeek }) => days?.includes(dayOfWeek) !== false)
    .map((day) => ({
      from: day.toZonedDateTime({ timeZone, plainTime: opens }).toInstant(),
      to: day
        .add({ days: isPastMidnight ? 1 : 0 })
        .toZonedDateTime({ timeZone, plainTime: closes })
        .toInstant(),
    }));
}
