import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '#kit/errors.ts';

/** OWASP's first recommendation for Argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane. */
const cost: Cost = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

/** A stored hash that asks for more than this is not one of ours. */
const most: Cost = { memory: 262_144, passes: 10, parallelism: 16 };

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

interface Parsed extends Cost {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Hashes a password with Argon2id (RFC 9106), off the main thread. Returns the PHC string format. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  return format({ ...cost, salt, hash: await derive(password, cost, salt, hashBytes) });
}

/**
 * Whether the password is that of the hash. Without a hash, because nobody has that e-mail, it works as long and
 * says no: the time must not tell who has an account.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const parsed = (stored === undefined ? undefined : parse(stored)) ?? nobody;
  const hash = await derive(password, parsed, parsed.salt, parsed.hash.length);
  return timingSafeEqual(hash, parsed.hash);
}

/** Whether the hash was made with another cost than is used now. */
export function isOutdated(stored: string): boolean {
  const parsed = parse(stored);
  return (
    parsed === undefined ||
    parsed.memory !== cost.memory ||
    parsed.passes !== cost.passes ||
    parsed.parallelism !== cost.parallelism
  );
}

const nobody: Parsed = { ...cost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) };

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

function format({ memory, passes, parallelism, salt, hash }: Parsed): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

function parse(stored: string): Parsed | undefined {
  const found =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([\w+/]{11,64})\$([\w+/]{16,128})$/.exec(stored);
  if (!found) return undefined;
  const [, memory, passes, parallelism, salt = '', hash = ''] = found;
  const parsed = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const bounded =
    parsed.memory <= most.memory && parsed.passes <= most.passes && parsed.parallelism <= most.parallelism;
  return bounded
    ? { ...parsed, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
    : undefined;
}

/**
 * At most this many run at once, in libuv's pool of four threads that files and names need too; so many may wait.
 * A flood of sign-ins is refused instead of filling memory.
 */
const atOnce = 2;
const waitingAtMost = 200;
let running = 0;
const waiting: (() => void)[] = [];

async function derive(
  password: string,
  { memory, passes, parallelism }: Cost,
  nonce: Buffer,
  tagLength: number,
): Promise<Buffer> {
  if (running < atOnce) running += 1;
  else if (waiting.length < waitingAtMost) await new Promise<void>((resolve) => waiting.push(resolve));
  else throw new AppError('unavailable', { retryAfter: 5 });
  try {
    // Two keyboards may write one letter in two ways; NFKC makes them one (NIST SP 800-63B §5.1.1.2).
    const message = Buffer.from(password.normalize('NFKC'));
    return await new Promise((resolve, reject) => {
      argon2('argon2id', { message, nonce, memory, passes, parallelism, tagLength }, (error, hash) =>
        error ? reject(error) : resolve(hash),
      );
    });
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
