import { createHash, randomBytes } from 'node:crypto';
import type { Command } from './sentence.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';

/** What a `/login` comes to. */
export type Login =
  | { readonly is: 'challenge'; readonly ret: string }
  | { readonly is: 'in'; readonly account: Row }
  | { readonly is: 'refused'; readonly message: string; readonly name: string };

/** The answer to a challenge: RouterOS before 6.43 never sees the password. */
function respond(password: string, challenge: string): string {
  const bytes = Buffer.concat([
    Buffer.from([0]),
    Buffer.from(password, 'latin1'),
    Buffer.from(challenge, 'hex'),
  ]);
  return `00${createHash('md5').update(bytes).digest('hex')}`;
}

/** Logins of one connection: with the password at once, or in two steps before 6.43. */
export class LoginSteps {
  readonly #world: World;
  #challenge: string | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  step({ attributes }: Command): Login {
    const name = attributes.get('name') ?? '';
    const [account] = this.#world.table('user').named(name);
    const allowed = account !== undefined && account.values.disabled !== 'true';
    const password = account?.values.password ?? '';
    if (this.#world.version.challenges) {
      const response = attributes.get('response');
      // The new style is not known: what it says is not read.
      if (response === undefined || this.#challenge === undefined) {
        this.#challenge = randomBytes(16).toString('hex');
        return { is: 'challenge', ret: this.#challenge };
      }
      const right = allowed && response.toLowerCase() === respond(password, this.#challenge);
      return right ? { is: 'in', account } : { is: 'refused', message: 'cannot log in', name };
    }
    const right = allowed && attributes.get('password') === password;
    return right
      ? { is: 'in', account }
      : { is: 'refused', message: 'invalid user name or password (6)', name };
  }
}
