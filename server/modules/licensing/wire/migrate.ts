import type { Call } from '#kit/http/call.ts';
import { lockPlaces, movesOf } from '../installation-queries.ts';
import { presentMoves } from '../present.ts';
import { leastHeardOf, placeOf } from '../rules.ts';
import { moveTo } from './move-to.ts';
import { answerOf, type PairingParts, withLicense } from './pair.ts';
import { type Asking, machineOf, settle } from './settle.ts';
import { alreadyPaired } from './where.ts';

/**
 * Moves a license to the machine that asks, from the one it says it was, else the one not heard of for longest. Where it needs no move,
 * since it is its own machine already or there is a place for it, it is paired.
 * @throws {AppError} of the license wire
 */
export async function migrate(parts: PairingParts, call: Call, asking: Asking & { readonly reason: string }) {
  const { kit } = parts;
  const paired = await withLicense(parts, call, asking, async (tx, license) => {
    const place = placeOf(await lockPlaces(tx, license.id), machineOf(asking), license.max_nodes);
    if (place.kind === 'again') return settle(kit, tx, call, license, asking, place.place);
    if (place.kind === 'new') return settle(kit, tx, call, license, asking, undefined);
    const from = place.kind === 'full' ? leastHeardOf(place.paired) : place.place;
    if (from === undefined) throw alreadyPaired(license, []);
    return moveTo(parts, tx, call, license, asking, from, asking.reason);
  });
  const moves = (await movesOf(kit.db, [paired.license.id])).get(paired.license.id) ?? [];
  return { ...(await answerOf(parts, paired)), ...presentMoves(paired.license, moves, kit.clock.now()) };
}
