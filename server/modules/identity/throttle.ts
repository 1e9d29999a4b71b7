import { type Clock, instantText } from '#kit/clock.ts';
import { sha256Hex } from '#kit/crypto.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { countAttempt, forgetAttempts, lockedUntil, uncountAttempt } from './throttle-queries.ts';

const windowSeconds = 15 * 60;
const firstLockSeconds = 60;
const longestLockSeconds = 15 * 60;

/** One thing that attempts are counted by. */
export interface Limit {
  readonly key: string;
  readonly failures: number;
  /** An address is shared by many people: one who signs in does not vouch for the failures of the others. */
  readonly shared: boolean;
}

/** An attempt counted as failed until it turns out otherwise, so that many at the same moment cannot outrun the limit. */
export interface Attempt {
  /** It was right: the failures before it are forgotten. */
  succeeded(): Promise<void>;
  /** It was neither right nor a guess; it does not count. */
  forgiven(): Promise<void>;
}

/** Failed sign-ins by e-mail, whether or not there is such an account: the fifth within 15 minutes locks. */
export function emailLimit(email: string): Limit {
  return { key: sha256Hex(`email ${email.toLowerCase()}`), failures: 5, shared: false };
}

export function addressLimit(ip: string): Limit {
  return { key: sha256Hex(`ip ${networkOf(ip)}`), failures: 50, shared: true };
}

/** Wrong passwords or codes of someone who is signed in: a stolen session must not find out the password. */
export function userLimit(userId: string): Limit {
  return { key: sha256Hex(`user ${userId}`), failures: 5, shared: false };
}

/**
 * Counts an attempt by all limits. A lock lasts one minute, twice as long after each further failure, at most
 * 15 minutes.
 * @throws {AppError} too_many_requests with Retry-After while one of them is locked; then it does not count.
 */
export async function beginAttempt(kit: Kit, limits: readonly Limit[]): Promise<Attempt> {
  const counted: Limit[] = [];
  const uncount = async () => {
    for (const { key, failures } of counted) await uncountAttempt(kit.db, key, failures);
  };
  for (const limit of limits) {
    const at = instantText(kit.clock.now());
    const times = { windowSeconds, firstLockSeconds, longestLockSeconds, at };
    if (await countAttempt(kit.db, { key: limit.key, limit: limit.failures, ...times })) counted.push(limit);
    else {
      await uncount();
      throw locked(kit.clock, await lockedUntil(kit.db, limit.key));
    }
  }
  return {
    forgiven: uncount,
    async succeeded() {
      for (const { key, failures, shared } of counted) {
        if (shared) await uncountAttempt(kit.db, key, failures);
        else await forgetAttempts(kit.db, key);
      }
    },
  };
}

function locked(clock: Clock, until: string | null | undefined): AppError {
  const seconds = until ? clock.now().until(until).total('seconds') : 1;
  return new AppError('too_many_requests', {
    retryAfter: Math.max(1, Math.ceil(seconds)),
    message: {
      en: 'Too many failed attempts. Wait a while, then try again.',
      id: 'Terlalu banyak percobaan gagal. Tunggu sebentar, lalu coba lagi.',
    },
  });
}

/** An IPv6 customer has a /64 or more to himself: the first half of the address stands for it. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined || !ip.includes(':')) return mapped ?? ip;
  const [head = '', tail] = (ip.split('%')[0] ?? '').toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) =>
    group.replace(/^0+(?=.)/, ''),
  );
  return `${groups.slice(0, 4).join(':')}::/64`;
}
