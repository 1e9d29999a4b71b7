import type { SettableClock } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import type { Edition } from '../editions/edition.ts';
import type { Colleague } from './office.ts';
import type { Person } from './people.ts';
import type { PlannedPayment } from './plan-payments.ts';
import type { Site } from './sites.ts';

export const timeZone = 'Asia/Jakarta';

/** What a demo is made of; kept with it, so that it can be gone on with. */
export interface Plot {
  /** The first day, YYYY-MM-DD. */
  readonly start: string;
  readonly days: number;
  readonly subscribers: number;
}

/** The provider while its history is being made. */
export interface Story {
  readonly plot: Plot;
  /** With the clock below. */
  readonly kit: Kit;
  readonly edition: Edition;
  readonly clock: SettableClock;
  /** The real instant, beyond which nothing happens. */
  readonly until: Temporal.Instant;
  readonly admin: Colleague;
  readonly operator: Colleague;
  readonly people: readonly Person[];
  readonly byPhone: ReadonlyMap<string, Person>;
  /** The subscription of each username. */
  readonly subscriptionIds: Map<string, string>;
  readonly routerIds: ReadonlyMap<Site, string>;
  readonly packageIds: ReadonlyMap<string, string>;
  /** Payments to come, by local date. */
  readonly payments: Map<string, PlannedPayment[]>;
  /** Invoices whose payments are planned. */
  readonly planned: Set<string>;
}

/** Moves the clock to that minute of the local date; false, and nothing moved, where that has not come yet. */
export function moveTo(
  { clock, until }: Pick<Story, 'clock' | 'until'>,
  date: string,
  minute: number,
): boolean {
  const at = Temporal.PlainDate.from(date)
    .toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from('00:00').add({ minutes: minute }) })
    .toInstant();
  if (Temporal.Instant.compare(at, until) > 0) return false;
  // Never back: two acts may be planned for one minute.
  if (Temporal.Instant.compare(at, clock.now()) > 0) clock.set(at.toString());
  return true;
}

/** The local date that is `day` days after the first. */
export function dateOf({ start }: Plot, day: number): string {
  return Temporal.PlainDate.from(start).add({ days: day }).toString();
}
