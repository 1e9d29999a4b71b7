import { randomInt } from 'node:crypto';
import { email } from '#contract';
import { inTransaction } from '#kit/db.ts';
import { UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import type { Edition } from '../editions/edition.ts';
import { createPackage, packagesByName } from '../modules/catalog/index.ts';
import { createUser, findUserByEmail, passwordFault } from '../modules/identity/index.ts';
import { addDefaultRouter } from '../modules/routers/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';

/** The packages of spec 3's seeder. */
const packages = [
  { name: '10 Mbps', bandwidth: '10M/10M', price: '150000.00' },
  { name: '20 Mbps', bandwidth: '20M/20M', price: '250000.00' },
  { name: '50 Mbps', bandwidth: '50M/50M', price: '400000.00' },
  { name: '100 Mbps', bandwidth: '100M/100M', price: '600000.00' },
];

export interface Seeded {
  /** Undefined when the administrator was there before. */
  readonly password: string | undefined;
  readonly packagesAdded: number;
  readonly routerAdded: boolean;
}

/**
 * Adds what spec 3's seeder adds and is not there yet; changes nothing that is. A vendor gets its administrator alone: it has no
 * routers, and sells what is its own.
 */
export async function seed(
  kit: Kit,
  admin: { readonly email: string; readonly password: string },
  edition: Edition['name'],
): Promise<Seeded> {
  const author = systemAuthor('seed');
  const isProvider = edition === 'provider';
  const known = await packagesByName(kit.db);
  const missing = isProvider ? packages.filter(({ name }) => !known.has(name.toLowerCase())) : [];
  for (const item of missing) await createPackage(kit, author, { ...item, type: 'pppoe' });
  return inTransaction(kit.db, async (tx) => {
    const exists = (await findUserByEmail(tx, admin.email)) !== undefined;
    if (!exists) {
      await createUser(kit, tx, author, { name: 'Administrator', role: 'super_owner', ...admin });
    }
    return {
      password: exists ? undefined : admin.password,
      packagesAdded: missing.length,
      routerAdded: isProvider && (await addDefaultRouter(kit, tx, author)),
    };
  });
}

export interface SeedOptions extends DataOption {
  readonly edition: Edition['name'];
  readonly email: string;
  readonly password?: string;
}

export async function seedCommand(process: Process, options: SeedOptions): Promise<void> {
  const address = email.safeParse(options.email);
  if (!address.success) throw new UserError(`--email ${options.email} is not an e-mail address.`);
  const fault = options.password === undefined ? undefined : passwordFault(options.password, address.data);
  if (fault) throw new UserError(`--password: ${fault.en}`);
  const password = options.password ?? generatedPassword();
  await withKit(process, options, 'seed', async (kit) => {
    await createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly).refuseIfOn();
    const seeded = await seed(kit, { email: address.data, password }, options.edition);
    const { print } = process.terminal;
    if (options.edition === 'provider')
      print(`Packages added: ${seeded.packagesAdded}. Router added: ${seeded.routerAdded ? 'yes' : 'no'}.`);
    if (seeded.password === undefined) {
      print(`${address.data} exists already; the password was left as it is.`);
      return;
    }
    print(`Administrator:  ${address.data}`);
    print(options.password === undefined ? `Password:       ${password}` : 'Password:       as given');
    if (options.password === undefined) print('Write it down now: it is not stored and not shown again.');
  });
}

/** Twenty letters and digits that are not taken for one another: over 97 bits. */
function generatedPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  return Array.from({ length: 20 }, () => alphabet[randomInt(alphabet.length)]).join('');
}
