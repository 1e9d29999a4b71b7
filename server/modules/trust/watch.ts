import { z } from 'zod';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { raiseAlerts } from '../alerts/index.ts';
import { readOrganisation } from '../organisation/index.ts';
import { countEnding } from './document-queries.ts';
import { type Ending, warningOf } from './expiry-words.ts';
import type { TrustHooks } from './hooks.ts';
import { lockTrust } from './metadata-queries.ts';
import { renewDirectives } from './renew-documents.ts';
import { renew } from './set-up.ts';
import { daysLeft } from './settle.ts';
import { signSnapshot, signTimestamp } from './sign-online.ts';
import { readTrust, type Trust } from './state.ts';

/** People need time to come together with their keys. */
const renewDays = 60;
/** Well before they end: a server that stood still for a day or two is nobody's trouble. */
const resignDays = { snapshot: 7, timestamp: 2 };
/** What should have been signed anew by then. */
const lateDays = 1;

/** Keeps what is signed from expiring: what the online key signs by itself, the rest by asking for signatures and by alerts. */
export function watchTrust(kit: Kit, hooks: TrustHooks): Job {
  return {
    name: 'trust.watch',
    payload: z.object({}).loose(),
    cron: '*/10 * * * *',
    async run() {
      // Where nothing can be signed, somebody has to hear of it all the more.
      try {
        await inTransaction(kit.db, (tx) => prolong(kit, tx, hooks));
      } finally {
        await inTransaction(kit.db, (tx) => warn(kit, tx));
      }
    },
  };
}

async function prolong(kit: Kit, tx: Tx, hooks: TrustHooks): Promise<void> {
  await lockTrust(tx);
  await renew(kit, tx, hooks, nearEnd(kit, await readTrust(tx)));
  await renewDirectives(kit, tx, kit.clock.now().add({ hours: 24 * renewDays }));
  const trust = await readTrust(tx);
  if (trust.snapshot === undefined || trust.timestamp === undefined) return;
  if (daysLeft(kit, trust.snapshot) < resignDays.snapshot) await signSnapshot(kit, tx);
  else if (daysLeft(kit, trust.timestamp) < resignDays.timestamp) await signTimestamp(kit, tx);
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

/** Each is told once as its end comes nearer. */
async function warn(kit: Kit, tx: Tx): Promise<void> {
  const language = (await readOrganisation(tx)).language === 'en' ? 'en' : 'id';
  const endings = [...metadataEnding(kit, await readTrust(tx)), ...(await directivesEndingSoon(kit, tx))];
  const alerts = endings.flatMap((ending) => warningOf(ending, kit.clock.now(), language) ?? []);
  await raiseAlerts(tx, alerts, instantText(kit.clock.now()));
}

function metadataEnding(kit: Kit, { root, targets, snapshot, timestamp }: Trust): Ending[] {
  const byPeople = Object.entries({ root, targets }).flatMap(([role, held]): Ending[] =>
    held === undefined
      ? []
      : [{ kind: 'people', name: `${role}.json`, version: held.version, endsAt: held.expiresAt }],
  );
  const byServer = Object.entries({ snapshot, timestamp }).flatMap(([role, held]): Ending[] =>
    held === undefined || daysLeft(kit, held) > lateDays
      ? []
      : [{ kind: 'server', name: `${role}.json`, version: held.version, endsAt: held.expiresAt }],
  );
  return [...byPeople, ...byServer];
}

/** Those that end next, and those that have ended last. */
async function directivesEndingSoon(kit: Kit, tx: Tx): Promise<Ending[]> {
  const now = kit.clock.now();
  const next = await countEnding(tx, instantText(now), instantText(now.add({ hours: 24 * renewDays })));
  const over = await countEnding(tx, undefined, instantText(now));
  return [
    ...(next.first === null ? [] : [{ kind: 'directives' as const, count: next.count, endsAt: next.first }]),
    ...(over.last === null ? [] : [{ kind: 'directives' as const, count: over.count, endsAt: over.last }]),
  ];
}
