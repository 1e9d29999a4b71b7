import { username as usernameField } from '#contract';
import { ownersOfUsernames, takenUsernames, usernameProposals } from '../../subscriptions/index.ts';
import { usableUsername } from './rules.ts';
import type { ImportContext } from './state.ts';

/** A router account that a subscription wants. */
export interface WantedAccount {
  readonly rechargeId: number;
  readonly customerName: string;
  readonly username: string;
  /** Whether its subscription stands here already: then the name is only taken. */
  readonly isThere: boolean;
}

/**
 * Gives every account its username. Each is unique across all routers (RADIUS needs it), and the letters' case makes no
 * difference there: of several, the first keeps it. Another, and one with signs that no username may have, is a fault with a
 * proposal; or is given the proposed one, where the import was told so. `accounts` come in the order of who keeps a name.
 */
export async function nameAccounts(
  context: ImportContext,
  accounts: readonly WantedAccount[],
): Promise<ReadonlyMap<number, string>> {
  const wanted = accounts.filter((account) => !account.isThere);
  const owners = Map.groupBy(
    await ownersOfUsernames(
      context.tx,
      wanted.map((account) => account.username),
    ),
    (owner) => owner.username,
  );
  const names = new Map<number, string>();
  const taken = new Map<string, string>();
  const unnamed: { readonly account: WantedAccount; readonly why: 'odd' | string }[] = [];
  for (const account of accounts) {
    const key = account.username.toLowerCase();
    const owner = owners.get(account.username)?.find(({ status }) => status !== 'cancelled');
    const holder = taken.get(key) ?? (owner && !account.isThere ? (owner.customer ?? '–') : undefined);
    if (holder === undefined) taken.set(key, account.customerName);
    if (account.isThere) continue;
    if (!usernameField.safeParse(account.username).success) unnamed.push({ account, why: 'odd' });
    else if (holder !== undefined) unnamed.push({ account, why: holder });
    else names.set(account.rechargeId, account.username);
  }
  await nameOthers(context, unnamed, taken, names);
  return names;
}

async function nameOthers(
  context: ImportContext,
  unnamed: readonly { readonly account: WantedAccount; readonly why: string }[],
  taken: Map<string, string>,
  names: Map<number, string>,
): Promise<void> {
  const candidates = unnamed.map(({ account }) => {
    const base = usableUsername(account.username) || `user${account.rechargeId}`;
    return [base, ...usernameProposals(base)];
  });
  const inUse = await takenUsernames(context.tx, candidates.flat());
  for (const [index, { account, why }] of unnamed.entries()) {
    const free = candidates[index]?.find((name) => !inUse.has(name) && !taken.has(name.toLowerCase()));
    const name = free ?? `phpnuxbill-${account.rechargeId}`;
    taken.set(name.toLowerCase(), account.customerName);
    names.set(account.rechargeId, name);
    if (context.renameUsers) tellRenamed(context, account, name);
    else tellTaken(context, account, why, name);
  }
}

function tellTaken({ report }: ImportContext, account: WantedAccount, why: string, name: string): void {
  const { rechargeId, customerName, username } = account;
  const shown = `"${username}" (${customerName})`;
  const reason =
    why === 'odd'
      ? {
          en: 'cannot be a username: only letters, digits and . _ @ + - can be in one',
          id: 'tidak bisa menjadi username: hanya huruf, angka dan . _ @ + - yang boleh',
        }
      : { en: `is the username of ${why} already`, id: `sudah menjadi username ${why}` };
  report.fault(
    'tbl_user_recharges',
    rechargeId,
    'username',
    `${shown} ${reason.en}. Free is ${name}.`,
    `${shown} ${reason.id}. Yang bebas: ${name}.`,
  );
}

/** One by one, since each has to be changed on the router too. */
function tellRenamed({ report }: ImportContext, account: WantedAccount, name: string): void {
  report.remark({
    en: `renamed: ${account.username} (${account.customerName}) is now ${name}; the customer’s device needs the new name`,
    id: `diganti: ${account.username} (${account.customerName}) sekarang ${name}; perangkat pelanggan perlu nama baru`,
  });
}
