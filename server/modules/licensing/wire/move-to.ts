import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Call } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../../audit/index.ts';
import { endWith } from '../change-installation.ts';
import type { LicensingHooks } from '../hooks.ts';
import { type InstallationRow, insertMove, movesOf } from '../installation-queries.ts';
import type { LicenseRow } from '../license-queries.ts';
import { nextMove } from '../use-move.ts';
import { authorOf } from './issue-token.ts';
import { type Asking, type Paired, settle } from './settle.ts';

export interface MovingParts extends Pick<LicensingHooks, 'afterMoved' | 'afterGone'> {
  readonly kit: Kit;
}

/**
 * Ends an installation and puts the machine into a new one, as a move. Both are held by the caller with their license, and all of it happens or
 * nothing.
 * @throws {AppError} license_moves_exceeded
 */
export async function moveTo(
  { kit, afterMoved, afterGone }: MovingParts,
  tx: Tx,
  call: Call,
  license: LicenseRow,
  asking: Asking,
  from: InstallationRow,
  reason: string,
): Promise<Paired> {
  const kind = nextMove(kit, license, (await movesOf(tx, [license.id])).get(license.id) ?? []);
  await endWith(kit, tx, authorOf(call.author, from.id), from, 'moved', reason);
  const paired = await settle(kit, tx, call, license, asking, undefined);
  const to = paired.installation;
  await insertMove(tx, {
    id: newId(kit.clock),
    license_id: license.id,
    from_installation_id: from.id,
    to_installation_id: to.id,
    reason,
    kind,
    moved_at: instantText(kit.clock.now()),
  });
  await afterMoved(tx, from.id, to.id);
  await afterGone(tx, from.id);
  await recordChanges(tx, kit.clock, authorOf(call.author, to.id), [
    {
      action: 'license.moved',
      subjectType: 'license',
      subjectId: license.id,
      before: { installation_id: from.id, hostname: from.hostname },
      after: { installation_id: to.id, hostname: to.hostname, reason, kind },
    },
  ]);
  return paired;
}
