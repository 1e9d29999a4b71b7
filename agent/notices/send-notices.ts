import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type Clock, instantText } from '../clock.ts';
import type { Notices } from '../config/notices-settings.ts';
import { AgentError } from '../errors.ts';
import { ofTheMachine } from '../machine-faults.ts';
import { takeLock } from '../state/lock.ts';
import { recall, remember } from '../state/memory.ts';
import { carriersOf } from './carriers.ts';
import { type Carry, letterOf, type NoticeRow } from './letter.ts';

export interface Sending {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly notices: Notices;
  /** The agent's own folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** How far a channel is: all up to `after` is sent, given up, or was not to be sent. */
const progress = z.object({
  after: z.number(),
  /** Of the next one, in vain. */
  tries: z.number(),
  /** In milliseconds; nothing is sent before. */
  nextAt: z.number(),
  reason: z.string().nullable(),
});
type Progress = z.output<typeof progress>;
const nothingSent: Progress = { after: 0, tries: 0, nextAt: 0, reason: null };

const nameOf = (channel: string) => `notices by ${channel}`;
/** What is older is no news: whoever sets a channel up, or comes back after a week, is not flooded. It stands in the list all the same. */
const freshMs = 3 * 24 * 60 * 60 * 1000;
const mostARound = 20;
const mostMs = 60_000;
/** So often one that is refused is tried before those behind it have their turn. */
const mostRefusals = 3;
const firstRestMs = 60_000;
const longestRestMs = 60 * 60 * 1000;

/**
 * Sends the notices that nobody has read yet by every channel that is set up, in their order. What does not go through is tried again by
 * later calls, less and less often. Where the agent is killed between a sending and its remembering, that one is sent again, with the same
 * id: at least once, and twice only then. Never fails, and takes a minute at most.
 */
export async function sendNotices(sending: Sending): Promise<void> {
  const { notices, clock, folder } = sending;
  const carriers = Object.entries(carriersOf(notices, clock));
  if (carriers.length === 0 || sending.signal.aborted) return;
  try {
    using _lock = takeLock(join(folder, 'notices'));
    const signal = AbortSignal.any([sending.signal, AbortSignal.timeout(mostMs)]);
    await Promise.all(carriers.map(([channel, carry]) => sendBy(channel, carry, { ...sending, signal })));
  } catch (error) {
    // Another process is at it, or the machine has another trouble, which whatever comes next will tell.
    if (!(error instanceof AgentError) && ofTheMachine(error) === undefined) throw error;
  }
}

async function sendBy(channel: string, carry: Carry, sending: Sending): Promise<void> {
  const { db, clock, notices, signal } = sending;
  const sender = senderOf(db, clock);
  for (let n = 0; n < mostARound; n += 1) {
    const known = progressOf(db, channel);
    const now = clock.now().epochMilliseconds;
    if (rests(known, now)) return;
    const [row] = waitingFor(sending, known);
    if (row === undefined) return;
    const sent = await carry(letterOf(row, { ...notices, sender }), signal);
    // Told to stop, it says nothing about the channel.
    if (signal.aborted && sent.is !== 'sent') return;
    const tries = known.tries + 1;
    const isOver = sent.is === 'sent' || (sent.is === 'refused' && tries >= mostRefusals);
    const rest = Math.min(longestRestMs, firstRestMs * 2 ** Math.min(20, known.tries));
    remember(db, clock, nameOf(channel), {
      after: isOver ? row.id : known.after,
      tries: isOver ? 0 : tries,
      nextAt: isOver ? 0 : now + rest,
      reason: sent.is === 'sent' ? null : sent.reason,
    } satisfies Progress);
    if (!isOver) return;
  }
}

const progressOf = (db: DatabaseSync, channel: string): Progress =>
  recall(db, nameOf(channel), progress) ?? nothingSent;

/** A rest that ends later than any may last was written before the clock was set back. */
const rests = ({ nextAt }: Progress, now: number): boolean => now < nextAt && nextAt - now <= longestRestMs;

function waitingFor(
  { db, clock, notices }: Omit<Sending, 'signal' | 'folder'>,
  { after }: Progress,
): NoticeRow[] {
  const since = instantText(clock.now().subtract({ milliseconds: freshMs }));
  const rows = db
    .prepare(
      `select id, version, notification_type, message, metadata, created_at from update_notifications
       where id > ? and is_read = 0 and is_dismissed = 0 and created_at > ?
         and notification_type in (select value from json_each(?)) order by id`,
    )
    .all(after, since, JSON.stringify(notices.about));
  return rows as unknown as NoticeRow[]; // As the statement names them.
}

/** By which receivers tell installations apart; made once. */
function senderOf(db: DatabaseSync, clock: Clock): string {
  const name = 'notices sender';
  const known = recall(db, name, z.string());
  if (known !== undefined) return known;
  const made = randomUUID();
  remember(db, clock, name, made);
  return made;
}

export interface ChannelState {
  readonly channel: string;
  readonly waiting: number;
  /** Why the last one did not go through; null where it did. */
  readonly fault: string | null;
}

/** How each channel that is set up stands. */
export function channelsOf(sending: Omit<Sending, 'signal' | 'folder'>): readonly ChannelState[] {
  return Object.keys(carriersOf(sending.notices, sending.clock)).map((channel) => {
    const known = progressOf(sending.db, channel);
    return { channel, waiting: waitingFor(sending, known).length, fault: known.reason };
  });
}

/** Sends one letter that says it is a trial by every channel, without queue or retries. */
export async function tryChannels(
  sending: Omit<Sending, 'folder'>,
): Promise<readonly { readonly channel: string; readonly fault: string | null }[]> {
  const { db, clock, notices } = sending;
  const at = instantText(clock.now());
  const row = {
    id: 0,
    version: '',
    notification_type: 'test',
    metadata: null,
    created_at: at,
    message: trial,
  };
  const letter = { ...letterOf(row, { ...notices, sender: senderOf(db, clock) }), id: randomUUID() };
  return Promise.all(
    Object.entries(carriersOf(notices, clock)).map(async ([channel, carry]) => {
      const sent = await carry(letter, sending.signal);
      return { channel, fault: sent.is === 'sent' ? null : sent.reason };
    }),
  );
}

const trial = 'Ini percobaan dari agen pembaruan. / This is a trial of the update agent.';
