import type { Kit } from '#kit/kit.ts';
import { Remembered } from '#kit/remembered.ts';
import type { FleetHooks } from './hooks.ts';

/** Ways from one version to another that are asked for all the time; a fleet has few. */
const most = 1000;
const knownMs = 5000;

/** As the hook's, asked once for all who ask within seconds. What could not be made is asked for anew. */
export function knownPatches(kit: Kit, patchFor: FleetHooks['patchFor']): FleetHooks['patchFor'] {
  const known = new Remembered<ReturnType<FleetHooks['patchFor']>>(most, knownMs);
  return (from, to) => {
    const at = kit.clock.now().epochMilliseconds;
    const name = `${from} ${to}`;
    const found = known.recall(name, at);
    if (found !== undefined) return found;
    const asked = patchFor(from, to);
    known.remember(name, asked, at);
    // A time in the past: whoever asks next finds nothing.
    asked.catch(() => known.remember(name, asked, at - 2 * knownMs));
    return asked;
  };
}
