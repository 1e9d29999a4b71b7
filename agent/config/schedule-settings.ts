import { z } from 'zod';
import type { Schedule } from '../update/schedule.ts';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is a time such as 02:00');
const zone = z.string().max(100).refine(isZone, 'is a time zone such as Asia/Jakarta');

/** When updates may be applied without anybody asking. */
export const scheduleSettings = {
  unattended: z.enum(['none', 'patch', 'minor', 'major']).default('none'),
  /** From `from` until `to`, past midnight where `to` is not later; on these days of the week (1 is Monday), or on all. */
  windows: z
    .array(
      z.strictObject({
        days: z.array(z.number().int().min(1).max(7)).min(1).max(7).optional(),
        from: time,
        to: time,
      }),
    )
    .max(50)
    .default([]),
  /** That of the machine unless told. */
  time_zone: zone.optional(),
};

const shape = z.object(scheduleSettings);

export function scheduleOf({ unattended, windows, time_zone: named }: z.output<typeof shape>): Schedule {
  return {
    unattended,
    windows: windows.map(({ days, ...times }) => ({ ...times, ...(days === undefined ? {} : { days }) })),
    timeZone: named ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
