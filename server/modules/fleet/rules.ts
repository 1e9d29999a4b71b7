// What holds of the fleet, without a database or a clock.

/** Heartbeats come every five minutes (spec 1 §6): who missed three is late, who missed an hour of them is silent. */
export const lateAfterMinutes = 15;
export const silentAfterMinutes = 60;

export type LifeState = 'online' | 'late' | 'silent';

/** How an installation is by its last sign of life; both in milliseconds. */
export function lifeState(lastSign: number | undefined, now: number): LifeState {
  const minutes = lastSign === undefined ? Number.POSITIVE_INFINITY : (now - lastSign) / 60_000;
  if (minutes > silentAfterMinutes) return 'silent';
  return minutes > lateAfterMinutes ? 'late' : 'online';
}

const mostRestHours = 7 * 24;

/** Hours that an installation rests after so many failures in a row: one, twice as long each time, a week at most. */
export function restHours(failures: number): number {
  return failures <= 0 ? 0 : Math.min(mostRestHours, 2 ** Math.min(failures - 1, 20));
}

/** What of its client info tells one environment from another, such as "php 8.2, laravel 12, linux". */
export function environmentOf(info: Readonly<Record<string, unknown>> | undefined): string {
  const text = (key: string) => {
    const value = info?.[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim().slice(0, 40) : '';
  };
  const release = (key: string, parts: number) => {
    const [found] = new RegExp(`\\d+(?:\\.\\d+){0,${parts - 1}}`).exec(text(key)) ?? [];
    return found === undefined ? [] : [`${key} ${found}`];
  };
  const os =
    text('os')
      .toLowerCase()
      .split(/[^a-z]/, 1)[0] ?? '';
  const parts = [...release('php', 2), ...release('laravel', 1), ...release('node', 1), os].filter(
    (part) => part !== '',
  );
  return parts.length === 0 ? 'unknown' : parts.join(', ');
}

/** Going back and forth so often within a day is no update: two machines use one agent code. */
const cloneFlips = 3;
const cloneHours = 24;

/** Whether two machines seem to use one agent code; both in milliseconds. */
export function seemsCloned(flips: number, flippedAt: number | undefined, now: number): boolean {
  return flips >= cloneFlips && flippedAt !== undefined && now - flippedAt <= cloneHours * 3_600_000;
}

/** Whether a local time of day, HH:MM, is between two others, also past midnight. The end is not part of it. */
export function isWithin(time: string, from: string | null, until: string | null): boolean {
  if (from === null || until === null || from === until) return true;
  return from < until ? from <= time && time < until : from <= time || time < until;
}
