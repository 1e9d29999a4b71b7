import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { hintOf, makeKey } from '#license-token';
import { recordChanges } from '../audit/index.ts';
import type { LicensingHooks } from './hooks.ts';
import {
  findInstallation,
  type InstallationRow,
  insertInstallation,
  type ListedInstallation,
  lockInstallation,
  updateInstallationRow,
} from './installation-queries.ts';
import { lockLicense } from './license-queries.ts';

/** A new agent code: two groups of letters that nobody takes for others. */
export function newAgentCode(): string {
  return `AG-${hintOf(makeKey())}-${hintOf(makeKey())}`;
}

/** Adds an agent code for an application that never pairs. @throws {AppError} not_found, license_nodes_full */
export async function addAgentCode(kit: Kit, author: Author, licenseId: string): Promise<ListedInstallation> {
  const id = newId(kit.clock);
  await inTransaction(kit.db, async (tx) => {
    const at = instantText(kit.clock.now());
    const license = await lockLicense(tx, licenseId, at);
    if (!license) throw new AppError('not_found');
    if (license.nodes >= license.max_nodes) throw new AppError('license_nodes_full');
    const agent_code = newAgentCode();
    await insertInstallation(tx, {
      id,
      license_id: licenseId,
      agent_code,
      state: 'ready',
      created_at: at,
      updated_at: at,
    });
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'installation.added',
        subjectType: 'installation',
        subjectId: id,
        after: { license_id: licenseId, agent_code },
      },
    ]);
  });
  return found(kit, id);
}

/** Ends an installation; another machine may pair in its place without a move. @throws {AppError} not_found, installation_ended */
export async function endInstallation(
  kit: Kit,
  { afterGone }: Pick<LicensingHooks, 'afterGone'>,
  author: Author,
  id: string,
  reason: string,
): Promise<ListedInstallation> {
  await inTransaction(kit.db, async (tx) => {
    const known = await findInstallation(tx, id);
    if (!known) throw new AppError('not_found');
    // First its license, as everybody does who changes its places.
    await lockLicense(tx, known.license_id, instantText(kit.clock.now()));
    const before = await lockInstallation(tx, id);
    if (!before || before.state === 'moved' || before.state === 'ended')
      throw new AppError('installation_ended');
    await endWith(kit, tx, author, before, 'ended', reason);
    await afterGone(tx, id);
  });
  return found(kit, id);
}

/** Ends an installation that the caller holds: nothing of it works any more. */
export async function endWith(
  kit: Kit,
  tx: Tx,
  author: Author,
  { id, state: before }: InstallationRow,
  state: 'moved' | 'unpaired' | 'ended',
  reason: string,
): Promise<void> {
  const at = instantText(kit.clock.now());
  await updateInstallationRow(tx, id, {
    state,
    secret_hash: null,
    previous_secret_hash: null,
    ended_at: at,
    updated_at: at,
  });
  await recordChanges(tx, kit.clock, author, [
    {
      action: `installation.${state}`,
      subjectType: 'installation',
      subjectId: id,
      before: { state: before },
      after: { state, reason },
    },
  ]);
}

async function found(kit: Kit, id: string): Promise<ListedInstallation> {
  const row = await findInstallation(kit.db, id);
  if (!row) throw new AppError('not_found');
  return row;
}
