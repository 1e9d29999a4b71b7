import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import type { Db } from '#kit/db.ts';
import { enqueue, type Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import type { NotificationHooks } from './hooks.ts';
import { noticeAll } from './notice.ts';
import { forgetNoticed } from './notice-queries.ts';
import { dropExpired, dueLanes, forgetTexts } from './outbox-queries.ts';
import { readRules } from './rules-queries.ts';
import { isQuietNow, sendLane } from './send.ts';

const names = { notice: 'notifications.notice', send: 'notifications.send', forget: 'notifications.forget' };
/** Longer than anything is looked at again. */
const noticedKeptDays = 7;
const messagesKeptDays = 365;

/** Has what just happened noticed now rather than within the minute. */
export const wakeNotices = (db: Db): Promise<void> =>
  enqueue(db, [{ name: names.notice, payload: {}, key: names.notice }]);

/** Has a lane sent; part of the caller's transaction. */
export const wakeLanes = (db: Db, lanes: readonly string[]): Promise<void> =>
  enqueue(
    db,
    lanes.map((lane) => ({ name: names.send, payload: { lane }, key: `${names.send}:${lane}` })),
  );

/** In read-only mode nothing is noticed or sent: what was sent could not be noted, and would be sent again. */
export function notificationJobs(kit: Kit, readOnly: ReadOnlyMode, hooks: NotificationHooks): readonly Job[] {
  const ago = (hours: number) => instantText(kit.clock.now().subtract({ hours }));
  const wake = async () =>
    wakeLanes(kit.db, await dueLanes(kit.db, instantText(kit.clock.now()), await isQuietNow(kit)));
  const send: Job<z.ZodObject<{ lane: z.ZodString }>> = {
    name: names.send,
    payload: z.object({ lane: z.string() }),
    run: async ({ lane }, signal) => {
      if (await readOnly.isOn()) return;
      if (await sendLane(kit, hooks, lane, signal)) await wakeLanes(kit.db, [lane]);
      // What went another way.
      else await wake();
    },
  };
  return [
    {
      name: names.notice,
      payload: z.object({}).loose(),
      cron: '* * * * *',
      run: async () => {
        if (await readOnly.isOn()) return;
        await dropExpired(kit.db, instantText(kit.clock.now()));
        await noticeAll(kit);
        await wake();
      },
    },
    send,
    {
      name: names.forget,
      payload: z.object({}).loose(),
      cron: '23 * * * *',
      run: async () => {
        if (await readOnly.isOn()) return;
        const { text_days: textDays } = await readRules(kit.db);
        const week = ago(noticedKeptDays * 24);
        await forgetNoticed(kit.db, week);
        await forgetTexts(kit.db, {
          textsBefore: ago(textDays * 24),
          noticesBefore: week,
          rowsBefore: ago(messagesKeptDays * 24),
        });
      },
    },
  ];
}
