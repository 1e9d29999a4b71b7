import { randomUUID } from 'node:crypto';
import { instantText } from '#kit/clock.ts';
import type { Kit } from '#kit/kit.ts';
import { markAlertsSent } from '../alerts/index.ts';
import { readOrganisation } from '../organisation/index.ts';
import { carrierOf } from './carriers.ts';
import type { Carrier, Outcome, Outgoing } from './channels/carrier.ts';
import { openPoster, type Poster } from './channels/post.ts';
import { alertsToldBy } from './digest-queries.ts';
import type { NotificationHooks } from './hooks.ts';
import { timeHere } from './lanes.ts';
import {
  type ClaimedRow,
  claim,
  divert,
  giveBack,
  laneFailed,
  laneWorks,
  restLane,
  type Settled,
  settle,
} from './outbox-queries.ts';
import { outgoingOf, type Surroundings, surroundingsOf } from './outgoing.ts';
import { isQuiet, restAfter, waitAfter } from './rules.ts';
import { readRules } from './rules-queries.ts';

const batch = 200;
/** After so many failures in a row, what can go another way does. */
const divertAfter = 3;
const mostAttempts = 10;
/** Attempts of a message that can go another way. */
const attemptsBeforeFallback = 3;
const longestRestSeconds = 3600;
const budgetSeconds = 50;

/** Whether customers are not to be woken now. */
export async function isQuietNow(kit: Kit): Promise<boolean> {
  const [{ timezone }, rules] = await Promise.all([readOrganisation(kit.db), readRules(kit.db)]);
  return isQuiet(timeHere(kit.clock, timezone), rules.quiet_from, rules.quiet_to);
}

/**
 * Sends what is due in a lane until nothing is, it fails, or the time of one job is over. Several may do so at once: each takes
 * messages of its own. Whether there may be more.
 */
export async function sendLane(
  kit: Kit,
  hooks: NotificationHooks,
  lane: string,
  signal: AbortSignal,
): Promise<boolean> {
  const started = kit.clock.now();
  const poster = openPoster();
  const carriers = new Map<string, Carrier>();
  const worker = randomUUID();
  try {
    while (kit.clock.now().since(started).total('seconds') < budgetSeconds && !signal.aborted) {
      const at = instantText(kit.clock.now());
      const quiet = await isQuietNow(kit);
      const rows = await claim(kit.db, { lane, worker, at, quiet, limit: batch });
      if (rows.length === 0) return false;
      const around = await surroundingsOf(kit.db, hooks, rows);
      const sending = new Sending(kit, lane, worker, around, (row) =>
        carrierFor(kit, poster, carriers, row, around),
      );
      if (!(await sending.run(rows, signal))) return false;
    }
    return true;
  } finally {
    for (const carrier of carriers.values()) carrier.close();
    poster.close();
  }
}

function carrierFor(
  kit: Kit,
  poster: Poster,
  carriers: Map<string, Carrier>,
  row: ClaimedRow,
  around: Surroundings,
): Carrier {
  // All messages of a lane share a carrier, but for mail and WhatsApp of settings, which have their own address alone.
  const known = carriers.get(row.channel);
  if (known !== undefined) return known;
  const setting = row.setting_id === null ? undefined : around.settings.get(row.setting_id);
  const made = carrierOf(kit, poster, row.channel, setting);
  carriers.set(row.channel, made);
  return made;
}

/** The messages of one claim on their way. */
class Sending {
  readonly #kit: Kit;
  readonly #lane: string;
  readonly #worker: string;
  readonly #around: Surroundings;
  readonly #carrier: (row: ClaimedRow) => Carrier;
  readonly #done: Settled[] = [];
  #noting: Promise<void> = Promise.resolve();
  #down: Extract<Outcome, { kind: 'down' }> | undefined;
  #sent = 0;

  constructor(
    kit: Kit,
    lane: string,
    worker: string,
    around: Surroundings,
    carrier: (row: ClaimedRow) => Carrier,
  ) {
    this.#kit = kit;
    this.#lane = lane;
    this.#worker = worker;
    this.#around = around;
    this.#carrier = carrier;
  }

  /** Whether the lane works. */
  async run(rows: readonly ClaimedRow[], signal: AbortSignal): Promise<boolean> {
    const [first] = rows;
    if (first === undefined) return true;
    const left = [...rows];
    const failed: ClaimedRow[] = [];
    const work = async () => {
      for (let row = left.shift(); row !== undefined; row = left.shift()) {
        const outcome = await this.#send(row);
        if (outcome?.kind === 'down') failed.push(row);
        if (this.#down !== undefined || signal.aborted) return;
      }
    };
    await Promise.all(Array.from({ length: this.#carrier(first).concurrency }, work));
    await this.#noting;
    const at = instantText(this.#kit.clock.now());
    await giveBack(
      this.#kit.db,
      this.#worker,
      left.map(({ id }) => id),
      at,
    );
    if (this.#down === undefined) {
      if (this.#sent > 0) await laneWorks(this.#kit.db, this.#lane);
      return true;
    }
    await this.#rest(this.#down, failed, at);
    return false;
  }

  /** Tries one message, and notes what came of it unless it is that the lane is down. */
  async #send(row: ClaimedRow): Promise<Outcome | undefined> {
    if (!row.still) {
      this.#note(settledAs(row, 'dropped', 'no longer so', this.#at()));
      return undefined;
    }
    const outgoing = outgoingOf(this.#kit, row, this.#around);
    const outcome: Outcome =
      outgoing === undefined
        ? { kind: 'refused', reason: 'no address' }
        : await this.#carrier(row).carry(outgoing);
    if (outcome.kind === 'down') this.#down ??= outcome;
    else if (outcome.kind === 'sent' && outgoing !== undefined) {
      this.#sent += 1;
      this.#note(sentAs(row, outgoing, this.#at()));
    } else if (outcome.kind !== 'sent') this.#note(failedAs(row, outcome, this.#kit, undefined));
    return outcome;
  }

  /** The lane rests. What was tried waits as long; what can go another way does so now if the lane is down for good. */
  async #rest(
    { reason, restSeconds }: Extract<Outcome, { kind: 'down' }>,
    failed: readonly ClaimedRow[],
    at: string,
  ): Promise<void> {
    const { db, clock, log } = this.#kit;
    const failures = await laneFailed(db, this.#lane, reason, at);
    const seconds = Math.min(longestRestSeconds, restSeconds ?? restAfter(failures));
    const until = instantText(clock.now().add({ seconds }));
    await restLane(db, this.#lane, until);
    const outcome = { kind: 'later', reason } as const;
    await settle(
      db,
      this.#worker,
      failed.map((row) => failedAs(row, outcome, this.#kit, until)),
      at,
    );
    await divert(db, this.#lane, failures >= divertAfter, at);
    log.warn({ lane: this.#lane, reason, failures, seconds }, 'messages cannot be sent; trying again later');
  }

  #at(): string {
    return instantText(this.#kit.clock.now());
  }

  /** One statement at a time; what comes meanwhile is in the next, so that little is sent twice after a kill. */
  #note(settled: Settled): void {
    this.#done.push(settled);
    if (this.#done.length > 1) return;
    this.#noting = this.#noting.then(async () => {
      const now = this.#done.splice(0);
      await settle(this.#kit.db, this.#worker, now, this.#at());
      const sent = now.filter(({ state, ofSetting }) => state === 'sent' && ofSetting).map(({ id }) => id);
      if (sent.length === 0) return;
      const alerts = await alertsToldBy(this.#kit.db, sent);
      if (alerts.length > 0) await markAlertsSent(this.#kit.db, alerts, this.#at());
    });
    // It is waited for at the end, which then throws.
    this.#noting.catch(() => {});
  }
}

const asItWas = (row: ClaimedRow, nextAt: string) => ({
  id: row.id,
  ofSetting: row.setting_id !== null,
  channel: row.channel,
  lane: row.lane,
  fallbacks: row.fallbacks,
  attempts: row.attempts,
  nextAt,
  error: null,
  subject: null,
  body: null,
  address: null,
});

const settledAs = (row: ClaimedRow, state: 'dead' | 'dropped', error: string, at: string): Settled => ({
  ...asItWas(row, at),
  state,
  error,
});

/** The text of a message with a code is not kept. */
const sentAs = (row: ClaimedRow, { to, subject, body }: Outgoing, at: string): Settled => ({
  ...asItWas(row, at),
  state: 'sent',
  ...(row.sealed === null ? { subject, body } : {}),
  ...(row.setting_id === null ? { address: to } : {}),
});

/** Another way, another time, or no more: a message that was refused or tried often enough is dead where there is no other way. */
function failedAs(
  row: ClaimedRow,
  { kind, reason }: { readonly kind: 'refused' | 'later'; readonly reason: string },
  kit: Kit,
  notBefore: string | undefined,
): Settled {
  const at = instantText(kit.clock.now());
  const [other, ...others] = row.fallbacks;
  const most = other === undefined ? mostAttempts : row.urgent ? 1 : attemptsBeforeFallback;
  if (kind === 'later' && row.attempts < most) {
    const wait = kit.clock.now().add({ seconds: waitAfter(row.attempts, Math.random()) });
    return { ...asItWas(row, notBefore ?? instantText(wait)), state: 'waiting', error: reason };
  }
  if (other === undefined) return settledAs(row, 'dead', reason, at);
  return {
    ...asItWas(row, at),
    state: 'waiting',
    channel: other,
    lane: other,
    fallbacks: others,
    attempts: 0,
    error: reason,
  };
}
