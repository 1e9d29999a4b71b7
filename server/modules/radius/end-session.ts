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
  const endings = await Promise.all(
    asked.map(async ({ session, said }): Promise<[string, Ending]> => {
      const there = said === 'refused' || said === 'no_router' || open.has(session.id);
      if (!there) return [session.id, 'gone'];
      if (await orWarned(kit, session, () => hooks.disconnectByApi(session))) {
        await closeUnknown(kit.db, [session.id]);
        return [session.id, 'gone'];
      }
      return [session.id, said === 'yes' || said === 'unknown' ? 'unverified' : said];
    }),
  );
  return new Map(endings);
}

/**
 * Changes the speed of a running session; says whether it has it. An ACK is no proof here either: where the router's own API
 * tells another speed, it did not obey.
 */
export async function changeRate(
  kit: Kit,
  hooks: RadiusHooks,
  session: SessionRow,
  rateLimit: string,
  timing: RadiusTiming = usualTiming,
): Promise<boolean> {
  const peer = (await peersOf(kit, [session])).get(session.router_id ?? '');
  if (!peer || rateLimit === '') return false;
  const attributes = [...identity(session), mikrotikAttribute(mikrotikRateLimit, rateLimit)];
  if ((await ask(peer, codes.coaRequest, attributes, timing))?.code !== codes.coaAck) return false;
  const held = await orWarned(kit, session, () => hooks.speedByApi(session));
  return held === undefined || isSpeed(held, rateLimit);
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
async function orWarned<T>(kit: Kit, session: SessionRow, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (err) {
    kit.log.warn({ err, router: session.router_id }, 'a router’s API could not be asked about a session');
    return undefined;
  }
}
