import type { z } from 'zod';
import { type accountChanges, routerAccounts } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError, type Language } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { parseInput } from '#kit/http/input.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { type EntryHooks, ownerOf } from '../routers/index.ts';
import { findAccount, findSecret, type SubscriptionHooks, updateAccount } from '../subscriptions/index.ts';
import { markSubscription } from './mark-queries.ts';
import { appliedProfiles } from './queries.ts';
import { settle } from './settle.ts';

/** Changes the account behind an entry, so that the router comes to hold it and keeps it (decisions.md, Network). */
export function changeOwned(kit: Kit, hooks: SubscriptionHooks): EntryHooks['changeOwned'] {
  return async (
    author,
    mark,
    { local_address: local, remote_address: remote, profile, ...change },
    language,
  ) => {
    const owner = ownerOf(mark);
    const account = owner === undefined ? undefined : await findSecret(kit.db, owner);
    if (owner === undefined || account === undefined)
      throw new AppError('router_entry_owned', { message: orphan });
    const body = {
      ...change,
      ...(profile === undefined || (await isAsApplied(kit, account, profile)) ? {} : { profile }),
      ...(local === undefined ? {} : { local_address: local || null }),
      ...(remote === undefined ? {} : { remote_address: remote || null }),
    };
    await updateAccount(kit, hooks, author, account.id, checked(account.id, body, language));
    const { success, message } = await settle(kit, owner, language);
    return { success, message };
  };
}

/** Sent back as it was read, a profile that the package or a suspension gave stays theirs: as the account's own it would stay for good. */
async function isAsApplied(kit: Kit, account: Account, profile: string): Promise<boolean> {
  if (account.subscription_id === null || account.profile === profile) return false;
  return (await appliedProfiles(kit.db, account.subscription_id)).includes(profile);
}

type Account = NonNullable<Awaited<ReturnType<typeof findSecret>>>;

const orphan = {
  en: 'This entry bears Nadi’s mark, but its subscription is not here. Change it on the router itself, or take the mark off its comment there.',
  id: 'Entri ini bertanda Nadi, tetapi langganannya tidak ada di sini. Ubah langsung di router, atau hapus tandanya dari komentar di sana.',
};

/** An account takes less than a router does. @throws {AppError} validation_failed */
function checked(id: string, body: object, language: Language): z.output<typeof accountChanges> {
  const request = parseInput(
    routerAccounts.updateMikrotikSecret,
    { params: { id }, query: {}, body },
    language,
  );
  // parseInput has just made it by this schema, which its general type cannot say.
  return request.body as z.output<typeof accountChanges>;
}

/** Has the router brought in line with one account now, however long it should rest. @throws {AppError} not_found */
export async function syncAccount(kit: Kit, author: Author, id: string, language: Language) {
  const subscriptionId = (await findAccount(kit.db, id))?.subscription_id;
  if (!subscriptionId) throw new AppError('not_found');
  await inTransaction(kit.db, async (tx) => {
    await markSubscription(tx, subscriptionId, instantText(kit.clock.now()));
    await recordChanges(tx, kit.clock, author, [
      { action: 'mikrotik_secret.sync_asked', subjectType: 'mikrotik_secret', subjectId: id },
    ]);
  });
  return settle(kit, subscriptionId, language);
}
