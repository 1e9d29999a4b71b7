import { hash, macOf, parseAddress } from './formats.ts';
import type { Pools } from './pools.ts';
import { type Call, type Dial, type Live, type Session, sessionRows } from './session-rows.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';

/** Why a call was refused. */
export type Refusal =
  | 'no such secret'
  | 'disabled'
  | 'wrong password'
  | 'wrong service'
  | 'wrong caller'
  | 'already active'
  | 'session limit'
  | 'no address'
  | 'router away';

export type Dialled =
  | { readonly session: Session; readonly refusal?: undefined }
  | { readonly session?: undefined; readonly refusal: Refusal };

/** PPP sessions: what comes of a call, what a session brings along, and its end. */
export class PppSessions {
  readonly #world: World;
  readonly #pools: Pools;
  readonly #live = new Map<string, Live>();
  readonly #ended = new Set<(session: Session) => void>();
  #calls = 0;

  constructor(world: World, pools: Pools) {
    this.#world = world;
    this.#pools = pools;
  }

  get size(): number {
    return this.#live.size;
  }

  /** By the id in /ppp/active. */
  get(id: string): Session | undefined {
    return this.#live.get(id)?.session;
  }

  all(): readonly Session[] {
    return [...this.#live.values()].map(({ session }) => session);
  }

  onEnd(ended: (session: Session) => void): void {
    this.#ended.add(ended);
  }

  /** Lets a device dial; what is asked of it is the secret and its profile as they stand now. */
  dial(dial: Dial): Dialled {
    const { username, service = 'pppoe', mac = macOf(username) } = dial;
    const [secret] = this.#world.table('ppp/secret').named(username);
    const refusal = this.#refusal(secret, dial, service, mac);
    if (secret === undefined || refusal !== undefined) {
      this.#refused(username, `user ${username} authentication failed`);
      return { refusal: refusal ?? 'no such secret' };
    }
    const profiles = this.#world.table('ppp/profile');
    const profile = profiles.named(secret.values.profile ?? '')[0] ?? profiles.named('default')[0];
    const active = this.#world.table('ppp/active').named(username).length;
    if (active > 0 && profile?.values['only-one'] === 'yes') {
      this.#refused(username, `user ${username} is already active`);
      return { refusal: 'already active' };
    }
    if (this.#live.size >= this.#world.limits.sessions) {
      this.#refused(username, 'terminating... - license limit exceeded');
      return { refusal: 'session limit' };
    }
    const address = this.#address(secret, profile, username, mac);
    if (address === undefined) {
      this.#refused(username, 'terminating... - could not determine remote address');
      return { refusal: 'no address' };
    }
    return { session: this.#begin({ dial, secret, profile, service, mac, address }) };
  }

  /** Ends a session by its row in /ppp/active. */
  end(id: string, reason: string): void {
    const live = this.#live.get(id);
    if (live === undefined) return;
    this.#live.delete(id);
    const { session, rows } = live;
    const { username, interfaceName, address, mac, traffic: counters, startedAt } = session;
    for (const [path, row] of rows) {
      if (path === 'interface') this.#world.traffic.delete(row.id);
      this.#world.table(path).delete(row);
    }
    this.#pools.give(address);
    const seconds = Math.floor((this.#world.time.milliseconds - startedAt) / 1000);
    const { rx, tx } = counters;
    this.#world.log('pppoe,ppp,info', `${interfaceName}: terminating... - ${reason}`);
    this.#world.log(
      'pppoe,ppp,info,account',
      `${username} logged out, ${seconds} ${rx.bytes} ${tx.bytes} ${rx.packets} ${tx.packets} from ${mac}`,
    );
    this.#world.log('pppoe,ppp,info', `${interfaceName}: disconnected`);
    const secrets = this.#world.table('ppp/secret');
    const [secret] = secrets.named(username);
    if (secret !== undefined) {
      secrets.update(secret, {
        'last-logged-out': this.#world.dateTime(),
        'last-caller-id': mac,
        'last-disconnect-reason': reason,
      });
    }
    for (const ended of this.#ended) ended(session);
  }

  #refused(username: string, text: string): void {
    this.#calls += 1;
    const call = (hash(username) + this.#calls).toString(16).slice(-4).padStart(4, '0');
    this.#world.log('pppoe,ppp,error', `<${call}>: ${text}`);
  }

  #refusal(secret: Row | undefined, dial: Dial, service: string, mac: string): Refusal | undefined {
    if (secret === undefined) return 'no such secret';
    const values = secret.values;
    if (values.disabled === 'true') return 'disabled';
    if (values.password !== dial.password) return 'wrong password';
    if (values.service !== 'any' && values.service !== service) return 'wrong service';
    const caller = values['caller-id'] ?? '';
    return caller !== '' && caller !== mac ? 'wrong caller' : undefined;
  }

  /** A single address of the secret or the profile comes before any pool, and the secret's word before the profile's. */
  #address(secret: Row, profile: Row | undefined, username: string, mac: string): string | undefined {
    const given = [secret.values['remote-address'], profile?.values['remote-address']].filter(
      (value) => value !== undefined,
    );
    const fixed = given.find((value) => parseAddress(value) !== undefined);
    if (fixed !== undefined) return fixed;
    const [pool] = given;
    return pool === undefined ? undefined : this.#pools.take(pool, 'PPP', `${username} ${mac}`);
  }

  #begin(call: Call): Session {
    const { dial, mac, address } = call;
    const { username } = dial;
    const world = this.#world;
    world.log('pppoe,info', `PPPoE connection established from ${mac}`);
    const live = sessionRows(world, call);
    this.#live.set(live.session.id, live);
    world.log('pppoe,ppp,info,account', `${username} logged in, ${address} from ${mac}`);
    world.log('pppoe,ppp,info', `${live.session.interfaceName}: connected`);
    return live.session;
  }
}
