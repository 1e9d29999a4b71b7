import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { dropOld } from './inbox-queries.ts';
import { type Gateways, inboxWorker } from './process-inbox.ts';
import { processJob } from './receive-notification.ts';
import { sweepOrders } from './sweep-orders.ts';

/** Asks about the orders that are due, soon; requests that wait are one. */
export const sweepJob = { name: 'gateways.sweep', payload: {}, key: 'gateways.sweep' };

const doneDays = 30;
const keptDays = 120;
/** Of what is not genuine, which somebody could send without end. */
const doubtfulDays = 7;
const payload = z.object({}).loose();

export function gatewayJobs(kit: Kit, gateways: Gateways, onChanged: OnSubscriptionsChanged): readonly Job[] {
  const workOnInbox = inboxWorker(kit, gateways, onChanged);
  return [
    {
      name: processJob.name,
      payload,
      // Also for what a killed worker had taken, or what has to be tried again.
      cron: '* * * * *',
      run: (_, signal) => workOnInbox(signal),
    },
    {
      name: sweepJob.name,
      payload,
      cron: '* * * * *',
      run: (_, signal) => sweepOrders(kit, gateways, onChanged, signal),
    },
    {
      name: 'gateways.retention',
      payload,
      cron: '17 19 * * *',
      run: () => {
        const ago = (days: number) => instantText(kit.clock.now().subtract({ hours: 24 * days }));
        return dropOld(kit.db, ago(doneDays), ago(keptDays), ago(doubtfulDays));
      },
    },
  ];
}
