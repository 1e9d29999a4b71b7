import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findAccount, removeAccount, setDisabled, subscriptionsWithoutAccount } from './account-queries.ts';
import { changeOneIn } from './change-subscription.ts';
import { usernameTaken } from './create-subscription.ts';
import type { SubscriptionHooks } from './hooks.ts';
import { newRouterPassword } from './password.ts';
import { presentSecret } from './present.ts';
import {
  alignSecret,
  findSecret,
  findSubscription,
  type SecretRow,
  type SubscriptionWithRelations,
  updateSubscriptionRow,
} from './queries.ts';
import { serviceOf } from './rules.ts';

export interface AccountChanges {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Told by the package; given, it has to be that. */
  readonly service?: string | undefined;
  readonly profile?: string | null | undefined;
  readonly local_address?: string | null | undefined;
  readonly remote_address?: string | null | undefined;
  readonly comment?: string | null | undefined;
  readonly disabled?: boolean | undefined;
}

export interface NewAccount extends AccountChanges {
  readonly username: string;
  readonly subscription_id?: string | undefined;
  readonly customer_id?: string | undefined;
}

/**
 * Gives a subscription that has none its account: the one named, or the only one of the customer.
 * @throws {AppError} validation_failed, subscription_state
 */
export function createAccount(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  { subscription_id: given, customer_id: customer, ...account }: NewAccount,
): Promise<SecretRow> {
  return naming(() =>
    inTransaction(kit.db, async (tx) => {
      const id = await subscriptionMeant(tx, given, customer);
      await changeOneIn(tx, kit, hooks, author, id, 'updated', 'Given an account', async (_, before, at) => {
        if (before.status === 'cancelled') throw new AppError('subscription_state');
        if (before.mikrotik_username !== null) {
          throw fieldError(given === undefined ? 'customer_id' : 'subscription_id', {
            en: 'This subscription has an account already. Change that one.',
            id: 'Langganan ini sudah punya akun. Ubah akun itu saja.',
          });
        }
        await write(tx, before, account, at);
        return 'changed';
      });
      const after = await accountOf(tx, id);
      await record(kit, tx, author, 'created', undefined, after);
      return after;
    }),
  );
}

/** Changes an account and what its subscription says of it, in one. @throws {AppError} not_found, validation_failed */
export function updateAccount(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
  changes: AccountChanges,
): Promise<SecretRow> {
  return naming(() =>
    inTransaction(kit.db, async (tx) => {
      const subscriptionId = (await findAccount(tx, id))?.subscription_id;
      if (!subscriptionId) throw new AppError('not_found');
      let before: SecretRow | undefined;
      await changeOneIn(
        tx,
        kit,
        hooks,
        author,
        subscriptionId,
        'updated',
        'Account changed',
        async (_, row, at) => {
          before = await findAccount(tx, id);
          if (!before) throw new AppError('not_found');
          await write(tx, row, changes, at);
          return 'changed';
        },
      );
      const after = await accountOf(tx, subscriptionId);
      await record(kit, tx, author, 'updated', before, after, changes.password !== undefined);
      return after;
    }),
  );
}

/** Takes the account from a subscription that is not active. @throws {AppError} not_found, account_in_use */
export async function deleteAccount(
  kit: Kit,
  hooks: SubscriptionHooks,
  author: Author,
  id: string,
): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const before = await findAccount(tx, id);
    const subscriptionId = before?.subscription_id;
    if (!subscriptionId) throw new AppError('not_found');
    await changeOneIn(
      tx,
      kit,
      hooks,
      author,
      subscriptionId,
      'updated',
      'Account removed',
      async (_, row, at) => {
        if (row.status === 'active') throw new AppError('account_in_use');
        await removeAccount(tx, id);
        await updateSubscriptionRow(tx, subscriptionId, { mikrotik_username: null, updated_at: at });
        return 'changed';
      },
    );
    await record(kit, tx, author, 'deleted', before, undefined);
  });
}

async function subscriptionMeant(
  tx: Tx,
  given: string | undefined,
  customer: string | undefined,
): Promise<string> {
  if (given !== undefined) {
    const found = await findSubscription(tx, given);
    if (!found) {
      throw fieldError('subscription_id', {
        en: 'There is no such subscription.',
        id: 'Langganan ini tidak ada.',
      });
    }
    if (customer !== undefined && found.customer_id !== customer) {
      throw fieldError('customer_id', {
        en: 'The subscription is another customer’s.',
        id: 'Langganan ini milik pelanggan lain.',
      });
    }
    return given;
  }
  const [only, ...more] = customer === undefined ? [] : await subscriptionsWithoutAccount(tx, customer);
  if (only !== undefined && more.length === 0) return only;
  throw fieldError('subscription_id', {
    en: 'Say which subscription is to have this account. Somebody who pays nothing gets one of a package that costs nothing.',
    id: 'Sebutkan langganan yang memakai akun ini. Orang yang tidak membayar diberi langganan paket yang harganya nol.',
  });
}

async function write(
  tx: Tx,
  { id, package: pack }: SubscriptionWithRelations,
  { username, password, service: given, disabled, ...places }: AccountChanges,
  at: string,
): Promise<void> {
  const service = serviceOf(pack.type);
  if (service === undefined || (given !== undefined && given !== service)) {
    throw fieldError('service', {
      en: service === undefined ? 'This package has nothing on a router.' : `The package is for: ${service}.`,
      id: service === undefined ? 'Paket ini tidak memakai router.' : `Paketnya untuk: ${service}.`,
    });
  }
  await updateSubscriptionRow(tx, id, { ...places, mikrotik_username: username, updated_at: at });
  await alignSecret(tx, id, { password, newPassword: newRouterPassword(), service, at });
  if (disabled !== undefined) await setDisabled(tx, id, disabled);
}

async function accountOf(tx: Tx, subscriptionId: string): Promise<SecretRow> {
  const found = await findSecret(tx, subscriptionId);
  if (!found) throw new AppError('not_found');
  return found;
}

/** A username that is taken is said of the field as it is called here. */
async function naming<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const texts = usernameTaken(error)?.detail.fields?.mikrotik_username;
    if (texts === undefined) throw error;
    throw new AppError('validation_failed', { fields: { username: texts } });
  }
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  what: 'created' | 'updated' | 'deleted',
  before: SecretRow | undefined,
  after: SecretRow | undefined,
  hasNewPassword = false,
): Promise<void> {
  const told = (row: SecretRow) => ({
    ...presentSecret(row),
    ...(hasNewPassword && row === after ? { password_changed: true } : {}),
  });
  return recordChanges(tx, kit.clock, author, [
    {
      action: `mikrotik_secret.${what}`,
      subjectType: 'mikrotik_secret',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: told(before) } : {}),
      ...(after ? { after: told(after) } : {}),
    },
  ]);
}
