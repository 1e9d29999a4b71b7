import type { Said } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads values of the environment and collects what is wrong with them, so that all of it is told at once. */
export class Values {
  readonly faults: Said[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** All of them. */
  all(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.#env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  }

  text(name: string): string | undefined {
    const value = this.#env[name]?.trim();
    return value === '' ? undefined : value;
  }

  yes(name: string, otherwise: boolean): boolean {
    return this.one(name, words, otherwise ? 'true' : 'false') === 'true';
  }

  /** One of the words; several may mean the same. */
  one<T extends string>(name: string, choices: Readonly<Record<string, T>>, otherwise: T): T {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const found = Object.hasOwn(choices, text.toLowerCase()) ? choices[text.toLowerCase()] : undefined;
    if (found !== undefined) return found;
    const known = [...new Set(Object.values(choices))].join(', ');
    return this.#wrong(name, otherwise, { en: `is one of: ${known}.`, id: `salah satu dari: ${known}.` });
  }

  whole(name: string, [least, most]: readonly [number, number], otherwise: number): number {
    const text = this.text(name);
    if (text === undefined) return otherwise;
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    return this.#wrong(name, otherwise, {
      en: `is a whole number from ${least} to ${most}.`,
      id: `berupa bilangan bulat dari ${least} sampai ${most}.`,
    });
  }

  /** An address over HTTPS, or of this machine (decisions.md, Updates). Without a slash at its end. */
  address(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (URL.canParse(text) && isSafe(new URL(text))) return text.replace(/\/+$/, '');
    return this.#wrong(name, undefined, {
      en: 'is an address that begins with https:// (http:// for this machine alone), without a user or password in it.',
      id: 'berupa alamat yang diawali https:// (http:// hanya untuk mesin ini sendiri), tanpa pengguna atau kata sandi di dalamnya.',
    });
  }

  /** The values of variables that are secret by their names, and of those that are named. */
  secrets(...named: readonly (string | undefined)[]): readonly string[] {
    return Object.entries(this.#env).flatMap(([name, value = '']) =>
      value.trim().length >= leastSecret && (secretNames.test(name) || named.includes(name))
        ? [value.trim()]
        : [],
    );
  }

  fault(said: Said): void {
    this.faults.push(said);
  }

  #wrong<T>(name: string, otherwise: T, { en, id }: Said): T {
    this.fault({ en: `${name} ${en}`, id: `${name} ${id}` });
    return otherwise;
  }
}

const secretNames = /KEY|SECRET|PASS|TOKEN|WEBHOOK|CREDENTIAL|DSN|DATABASE_URL/i;
/** Shorter ones, such as `null`, stand in any text. */
const leastSecret = 6;

const words = {
  true: 'true',
  '1': 'true',
  yes: 'true',
  on: 'true',
  false: 'false',
  '0': 'false',
  no: 'false',
  off: 'false',
} as const;

/** Whether nobody on the way can read or change what is fetched from there. */
export function isSafe(url: URL): boolean {
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const hasUser = url.username !== '' || url.password !== '';
  return !hasUser && (url.protocol === 'https:' || (url.protocol === 'http:' && isHere));
}
