import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { askingOf, surroundingsOf } from './check-in.ts';
import { findSeen } from './check-in-queries.ts';
import type { Caller, FleetHooks } from './hooks.ts';
import { isShown } from './offers.ts';
import { parseVersion } from './version.ts';

/**
 * Which published versions are shown to who lists them all, as on GitHub: to an installation those that rollouts have brought to it, to
 * anybody else those that are for everybody.
 * @throws {AppError} client_disabled, client_suspended
 */
export function shownVersions(
  kit: Kit,
  hooks: Pick<FleetHooks, 'offerable'>,
): (caller: Caller | undefined) => Promise<(version: string) => boolean> {
  const surroundings = surroundingsOf(kit, hooks);
  return async (caller) => {
    const seen = caller && (await findSeen(kit.db, caller.installationId));
    if (seen?.disabled) throw new AppError('client_disabled');
    if (seen?.suspended) throw new AppError('client_suspended');
    const { shelf, moment } = await surroundings();
    const current = seen?.version == null ? undefined : parseVersion(seen.version);
    const asking = caller && seen && current && askingOf(caller, current, seen);
    return (version) => isShown(asking, shelf, moment, version);
  };
}
