import { isIPv4 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Kit } from '#kit/kit.ts';
import { parseRateLimit, RouterValueError } from '#routeros';
import { radiusRouters } from '../routers/index.ts';
import { exchange, type Patience, type Peer } from './exchange.ts';
import type { RadiusHooks } from './hooks.ts';
import {
  type Attribute,
  addressAttribute,
  attributeTypes,
  codes,
  errorCause,
  mikrotikAttribute,
  type Packet,
  textAttribute,
} from './packet.ts';
import { closeUnknown, type SessionRow, stillOpen } from './session-queries.ts';

/** How long routers are waited for. */
export interface RadiusTiming extends Patience {
  /** Milliseconds within which the accounting has to say that a session ended. */
  readonly goneWithinMs: number;
}

const usualTiming: RadiusTiming = { tries: 3, waitMs: 1000, goneWithinMs: 5000 };

/** `gone`: its end was seen. `unverified`: the router said yes, and the session is there. */
export type Ending = 'gone' | 'unverified' | 'refused' | 'silent' | 'no_router';

const causes = { unsupportedAttribute: 401, sessionNotFound: 503 } as const;
const lookEveryMs = 100;
const mikrotikRateLimit = 8;

/**
 * Asks the routers to end sessions, and looks in the accounting whether they ended: an ACK is no proof (RFC 5176 §2.2 lets
 * a router say yes and do nothing, and some do). One that its router does not know is ended here. What did not end is
 * tried by the router's API.
 */
export async function endSessions(
  kit: Kit,
  hooks: RadiusHooks,
  sessions: readonly SessionRow[],
  timing: RadiusTiming = usualTiming,
): Promise<ReadonlyMap<string, Ending>> {
  const peers = await peersOf(kit, sessions);
  const asked = await Promise.all(
    sessions.map(async (session) => {
      const peer = peers.get(session.router_id ?? '');
      return { session, said: peer ? await askToEnd(peer, session, timing) : ('no_router' as const) };
    }),
  );
  await closeUnknown(
    kit.db,
    asked.filter(({ said }) => said === 'unknown').map(({ session }) => session.id),
  );
  const open = await openAfter(
    kit,
    asked.filter(({ said }) => said === 'yes' || said === 'silent'),
    timing,
  );
  const there = asked.filter(
    ({ session, said }) => said === 'refused' || said === 'no_router' || open.has(session.id),
  );
  const ended = await endedByApi(
    kit,
    hooks,
    there.map(({ session }) => session),
  );
  await closeUnknown(kit.db, [...ended]);
  const stays = new Set(there.map(({ session }) => session.id).filter((id) => !ended.has(id)));
  return new Map(asked.map(({ session: { id }, said }) => [id, stays.has(id) ? endings[said] : 'gone']));
}

/** What becomes of a session that is still there, by what its router said. */
const endings: Readonly<Record<Said | 'no_router', Ending>> = {
  yes: 'unverified',
  unknown: 'gone',
  refused: 'refused',
  silent: 'silent',
  no_router: 'no_router',
};

/** Those that are gone once their routers' own API had ended them: each router is connected to once. */
async function endedByApi(
  kit: Kit,
  hooks: RadiusHooks,
  sessions: readonly SessionRow[],
): Promise<ReadonlySet<string>> {
  const ended = await byRouter(sessions, async (router, here) => {
    const names = await orWarned(kit, router, () => hooks.disconnectByApi(router, namesOf(here)));
    return here.filter(({ username }) => names?.has(username));
  });
  return new Set(ended.map(({ id }) => id));
}

/** A running session, and the speed that it is to have. */
export interface RateChange {
  readonly session: SessionRow;
  readonly rateLimit: string;
}

/**
 * Changes the speed of running sessions; gives back those that have it. An ACK is no proof here either: where a router's own
 * API tells another speed, it did not obey.
 */
export async function changeRates(
  kit: Kit,
  hooks: RadiusHooks,
  changes: readonly RateChange[],
  timing: RadiusTiming = usualTiming,
): Promise<ReadonlySet<string>> {
  const rates = new Map(changes.map(({ session, rateLimit }) => [session.id, rateLimit]));
  const peers = await peersOf(
    kit,
    changes.map(({ session }) => session),
  );
  const agreed = await Promise.all(
    changes.map(async ({ session, rateLimit }) => {
      const peer = peers.get(session.router_id ?? '');
      if (!peer || rateLimit === '') return [];
      const attributes = [...identity(session), mikrotikAttribute(mikrotikRateLimit, rateLimit)];
      return (await ask(peer, codes.coaRequest, attributes, timing))?.code === codes.coaAck ? [session] : [];
    }),
  );
  const obeyed = await byRouter(agreed.flat(), async (router, here) => {
    const speeds = await orWarned(kit, router, () => hooks.speedsByApi(router, namesOf(here)));
    return here.filter(({ id, username }) => {
      const held = speeds?.get(username);
      return held === undefined || isSpeed(held, rates.get(id) ?? '');
    });
  });
  return new Set(obeyed.map(({ id }) => id));
}

const namesOf = (sessions: readonly SessionRow[]) => sessions.map(({ username }) => username);

/** What `work` gives for the sessions of each router, together; those of no router are left out. */
async function byRouter(
  sessions: readonly SessionRow[],
  work: (routerId: string, here: readonly SessionRow[]) => Promise<readonly SessionRow[]>,
): Promise<readonly SessionRow[]> {
  const groups = Map.groupBy(sessions, ({ router_id: router }) => router);
  const worked = await Promise.all(
    [...groups].map(([router, here]) => (router === null ? [] : work(router, here))),
  );
  return worked.flat();
}

/** Whether a queue's limit is what a rate limit begins with. */
function isSpeed(held: string, rateLimit: string): boolean {
  const rateOf = (text: string) => {
    const { upload, download } = parseRateLimit(text).rate;
    return `${upload}/${download}`;
  };
  try {
    return rateOf(held) === rateOf(rateLimit);
  } catch (error) {
    if (!(error instanceof RouterValueError)) throw error;
    return false;
  }
}

type Said = 'yes' | 'unknown' | 'refused' | 'silent';

async function askToEnd(peer: Peer, session: SessionRow, timing: RadiusTiming): Promise<Said> {
  const answer = await ask(peer, codes.disconnectRequest, identity(session), timing);
  if (answer === undefined) return 'silent';
  if (answer.code === codes.disconnectAck) return 'yes';
  return errorCause(answer) === causes.sessionNotFound ? 'unknown' : 'refused';
}

/** With a Message-Authenticator; without it again, where the router says that it does not take every attribute. */
async function ask(
  peer: Peer,
  code: number,
  attributes: readonly Attribute[],
  timing: RadiusTiming,
): Promise<Packet | undefined> {
  const first = await exchange(peer, { code, attributes, messageAuthenticator: true }, timing);
  return first !== undefined && errorCause(first) === causes.unsupportedAttribute
    ? exchange(peer, { code, attributes, messageAuthenticator: false }, timing)
    : first;
}

/** Just what RouterOS finds a session by: with more, it refuses. */
function identity({ username, acctsessionid, framedipaddress }: SessionRow): readonly Attribute[] {
  return [
    textAttribute(attributeTypes.userName, username),
    textAttribute(attributeTypes.acctSessionId, acctsessionid),
    ...(framedipaddress !== null && isIPv4(framedipaddress)
      ? [addressAttribute(attributeTypes.framedIpAddress, framedipaddress)]
      : []),
  ];
}

async function peersOf(kit: Kit, sessions: readonly SessionRow[]): Promise<ReadonlyMap<string, Peer>> {
  const ids = [...new Set(sessions.flatMap(({ router_id: id }) => (id === null ? [] : [id])))];
  if (ids.length === 0) return new Map();
  const routers = await radiusRouters(kit, ids);
  return new Map(routers.map(({ id, host, coaPort: port, secret }) => [id, { host, port, secret }]));
}

/** Those that are open still once all have ended or the time is over. */
async function openAfter(
  kit: Kit,
  asked: readonly { readonly session: SessionRow; readonly said: Said | 'no_router' }[],
  { goneWithinMs }: RadiusTiming,
): Promise<ReadonlySet<string>> {
  const ids = asked.map(({ session }) => session.id);
  const until = asked.some(({ said }) => said === 'yes') ? performance.now() + goneWithinMs : 0;
  let open = await stillOpen(kit.db, ids);
  while (open.size > 0 && performance.now() < until) {
    await delay(lookEveryMs);
    open = await stillOpen(kit.db, ids);
  }
  return open;
}

/** Undefined where the API could not be asked. */
async function orWarned<T>(kit: Kit, router: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (err) {
    kit.log.warn({ err, router }, 'a router’s API could not be asked about its sessions');
    return undefined;
  }
}
