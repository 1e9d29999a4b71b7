import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { type NewAlert, raiseAlerts } from '../alerts/index.ts';
import { readOrganisation } from '../organisation/index.ts';
import type { TrustHooks } from './hooks.ts';
import { lockTrust } from './metadata-queries.ts';
import { renew } from './set-up.ts';
import { daysLeft } from './settle.ts';
import { signSnapshot, signTimestamp } from './sign-online.ts';
import { readTrust, type Trust } from './state.ts';

/** People need time to come together with their keys. */
const renewDays = 60;
const warnDays = [60, 30, 14, 7, 3, 1, 0];
/** Well before they end: a server that stood still for a day or two is nobody's trouble. */
const resignDays = { snapshot: 7, timestamp: 2 };

/** Keeps metadata from expiring: what the online key signs by itself, the rest by asking for signatures and by alerts. */
export function trustJobs(kit: Kit, hooks: TrustHooks): readonly Job[] {
  return [
    {
      name: 'trust.watch',
      payload: z.object({}).loose(),
      cron: '*/10 * * * *',
      run: () => inTransaction(kit.db, (tx) => watch(kit, tx, hooks)),
    },
  ];
}

async function watch(kit: Kit, tx: Tx, hooks: TrustHooks): Promise<void> {
  await lockTrust(tx);
  await renew(kit, tx, hooks, nearEnd(kit, await readTrust(tx)));
  const trust = await readTrust(tx);
  if (trust.snapshot === undefined || trust.timestamp === undefined) return;
  if (daysLeft(kit, trust.snapshot) < resignDays.snapshot) await signSnapshot(kit, tx);
  else if (daysLeft(kit, trust.timestamp) < resignDays.timestamp) await signTimestamp(kit, tx);
  await raiseAlerts(tx, await warnings(kit, tx, trust), instantText(kit.clock.now()));
}

/** What ends soon while nothing that lasts longer waits to be signed. */
function nearEnd(kit: Kit, { root, nextRoot, targets, pending }: Trust): ('root' | 'targets')[] {
  const ends = (held: { expiresAt: string } | undefined) =>
    held !== undefined && daysLeft(kit, held) < renewDays;
  return [
    ...(ends(root) && (nextRoot === undefined || ends(nextRoot)) ? (['root'] as const) : []),
    ...(ends(targets) && (pending.length === 0 || ends(pending.at(-1))) ? (['targets'] as const) : []),
  ];
}

/** Each told once as its end comes nearer. */
async function warnings(kit: Kit, tx: Tx, { root, targets }: Trust): Promise<NewAlert[]> {
  const language = (await readOrganisation(tx)).language === 'en' ? 'en' : 'id';
  return Object.entries({ root, targets }).flatMap(([role, held]): NewAlert[] => {
    if (held === undefined) return [];
    const left = daysLeft(kit, held);
    const step = warnDays.findLast((days) => left <= days);
    if (step === undefined) return [];
    const day = held.expiresAt.slice(0, 10);
    const over = left <= 0;
    return [
      {
        type: 'update',
        severity: left < 14 ? 'critical' : 'warning',
        title: titles[over ? 'over' : 'near'][language],
        message: words[over ? 'over' : 'near'][language](`${role}.json`, day),
        meta: { role, version: held.version, expires_at: held.expiresAt },
        once_for: `trust:${role}:${held.version}:${step}`,
      },
    ];
  });
}

const titles = {
  near: { en: 'Signatures expire soon', id: 'Tanda tangan segera kedaluwarsa' },
  over: { en: 'Signatures have expired', id: 'Tanda tangan sudah kedaluwarsa' },
};
const words = {
  near: {
    en: (file: string, day: string) =>
      `${file} is believed until ${day}. A new one waits to be signed: run ./nadi release sign-queue with the offline keys.`,
    id: (file: string, day: string) =>
      `${file} dipercaya sampai ${day}. Yang baru menunggu tanda tangan: jalankan ./nadi release sign-queue dengan kunci offline.`,
  },
  over: {
    en: (file: string, day: string) =>
      `${file} expired on ${day}: no installation takes updates any more. Run ./nadi release sign-queue with the offline keys now.`,
    id: (file: string, day: string) =>
      `${file} kedaluwarsa pada ${day}: tidak ada instalasi yang menerima pembaruan. Segera jalankan ./nadi release sign-queue dengan kunci offline.`,
  },
};
