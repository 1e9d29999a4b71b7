import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import { isBelow } from '../tree/inside.ts';
import type { UpdateInput } from './installation.ts';

/** Groups of paths that a release's manifest names: a path stands for itself and all below it. */
export type Components = Readonly<Record<string, readonly string[]>>;

/**
 * Leaves of an update what belongs to the chosen components; the version stays what it was (decisions.md, Updates). `places` gives for
 * each change of the result its number in the whole, under which its new file was staged.
 * @throws {AgentError} unknown_component; component_needs_whole where the release changes databases, which have no parts
 */
export function selectComponents<T extends Pick<UpdateInput, 'changes' | 'hasMigrations'>>(
  whole: T,
  components: Components,
  chosen: readonly string[],
): T & { readonly components: readonly string[]; readonly places: readonly number[] } {
  const known = Object.keys(components);
  const unknown = chosen.filter((name) => !known.includes(name));
  if (unknown.length > 0 || chosen.length === 0) {
    const names = known.length === 0 ? '–' : known.join(', ');
    throw new AgentError('unknown_component', {
      en: `This release has no component "${unknown.join('", "')}". It has: ${names}.`,
      id: `Rilis ini tidak memiliki komponen "${unknown.join('", "')}". Yang ada: ${names}.`,
    });
  }
  if (whole.hasMigrations)
    throw new AgentError('component_needs_whole', {
      en: 'This release changes the database, so it can only be taken whole.',
      id: 'Rilis ini mengubah basis data, sehingga hanya bisa diambil seutuhnya.',
    });
  const paths = chosen.flatMap((name) => components[name] ?? []);
  const taken = [...whole.changes.entries()].filter(([, { path }]) => isBelow(path, paths));
  return {
    ...whole,
    changes: taken.map(([, change]) => change),
    places: taken.map(([n]) => n),
    components: chosen,
  };
}

/**
 * Leaves in the stage only what belongs to the chosen components.
 * @throws {AgentError} as {@link selectComponents}
 */
export function takeComponents<
  T extends Pick<UpdateInput, 'changes' | 'hasMigrations'> & { readonly parts?: Components },
>(staged: T, stage: string, chosen: readonly string[]): T & { readonly components: readonly string[] } {
  const { places, changes, components } = selectComponents(staged, staged.parts ?? {}, chosen);
  const whole = join(stage, 'whole');
  const news = join(stage, 'new');
  renameSync(news, whole);
  mkdirSync(news, { mode: 0o700 });
  for (const [n, place] of places.entries())
    if (changes[n]?.action !== 'delete') renameSync(join(whole, String(place)), join(news, String(n)));
  rmSync(whole, { recursive: true });
  return { ...staged, changes, components };
}
