import { instantText, localDate } from '#kit/clock.ts';
import type { Config } from '#kit/config.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import type { Language } from '#kit/errors.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { type OrganisationRow, readOrganisation } from '../organisation/index.ts';
import { digestOf } from './digest.ts';
import {
  leaveOutNotices,
  queueDigest,
  settingsWithNotices,
  standingOf,
  type WaitingSetting,
  waitingNotices,
} from './digest-queries.ts';
import { wordsOf } from './digest-words.ts';
import { happenedSince, reminders } from './happened-queries.ts';
import { laneOf, timeHere } from './lanes.ts';
import { type Happened, hasMarkEnded, moveOn, noteAlerts, takeSpan, tell } from './notice-queries.ts';
import { isQuiet } from './rules.ts';

/** The channels that customers can be reached by, as far as they are set up. */
const availableChannels = ({ mail, messaging }: Config): readonly string[] => [
  ...(mail === undefined ? [] : ['email']),
  ...(messaging.whatsapp === undefined ? [] : ['whatsapp']),
];

/** Has customers told of what a module to the right knows of, once, in its own transaction; the caller has it noticed. */
export const tellCustomers = (kit: Kit, tx: Tx, happened: Happened): Promise<void> =>
  tell(tx, happened, { at: instantText(kit.clock.now()), available: availableChannels(kit.config) });

/**
 * Notices what happened and queues what is told of it. One node does so at a time; done again it does nothing, and a transaction
 * that commits late is still seen.
 */
export async function noticeAll(kit: Kit): Promise<void> {
  const at = instantText(kit.clock.now());
  const telling = { at, available: availableChannels(kit.config) };
  await inTransaction(kit.db, async (tx) => {
    const span = await takeSpan(tx, at);
    const ended = await hasMarkEnded(tx);
    const { timezone } = await readOrganisation(tx);
    await tell(tx, happenedSince(span), telling);
    await tell(tx, reminders(localDate(kit.clock.now(), timezone).toString()), telling);
    await noteAlerts(tx, span);
    if (ended) await moveOn(tx, at);
  });
  await inTransaction(kit.db, async (tx) => {
    // One node at a time makes messages of notices, too.
    await takeSpan(tx, at);
    const organisation = await readOrganisation(tx);
    for (const setting of await settingsWithNotices(tx, at)) await bundle(kit, tx, organisation, setting, at);
  });
}

async function bundle(
  kit: Kit,
  tx: Tx,
  { timezone, language: usual }: OrganisationRow,
  setting: WaitingSetting,
  at: string,
): Promise<void> {
  const notices = await waitingNotices(tx, setting.id);
  const digest = digestOf(notices, await standingOf(tx, setting.id, notices, at), {
    now: kit.clock.now().epochMilliseconds / 1000,
    digestSeconds: setting.digest_seconds,
    quiet: isQuiet(timeHere(kit.clock, timezone), setting.quiet_from, setting.quiet_to),
    left: setting.max_per_hour - setting.sent_in_hour,
  });
  await leaveOutNotices(tx, digest.leaveOut);
  if (digest.tell.length === 0) return;
  // The columns' checks allow just these two.
  const language = (setting.language ?? usual) as Language;
  const message = {
    id: newId(kit.clock),
    setting,
    language,
    lane: laneOf(setting.channel, setting.id),
    urgent: digest.tell.some(({ severity }) => severity === 'critical'),
    ...wordsOf(digest, language),
    vars: {
      count: digest.tell.length,
      alerts: digest.tell.slice(0, 100).map(({ event, severity, title, message, meta, created_at }) => ({
        event,
        severity,
        title,
        message,
        meta,
        created_at,
      })),
    },
  };
  await queueDigest(tx, message, digest.tell, at);
}
