import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseVersion } from '#release-metadata';
import { AgentError } from '../errors.ts';
import { type Installation, treeOf } from './installation.ts';

/** What the tree says it is: a Nadi in its package.json, and others in `.version`, 1.0.0 without one (spec 1 §3). @throws {AgentError} no_version where it is none */
export function currentVersion(installation: Installation): string {
  const tree = treeOf(installation);
  const file = join(tree, '.version');
  const text = ofNadi(tree) ?? (existsSync(file) ? readFileSync(file, 'utf8').trim() : '1.0.0');
  if (parseVersion(text) !== undefined) return text;
  throw new AgentError('no_version', {
    en: `${file} does not hold a version such as 1.4.0. Write the version that is installed into it.`,
    id: `${file} tidak berisi versi seperti 1.4.0. Tuliskan versi yang terpasang di dalamnya.`,
  });
}

const about = z.object({ name: z.literal('nadi'), version: z.string() });

/** Its server says the same of itself. */
function ofNadi(tree: string): string | undefined {
  const file = join(tree, 'package.json');
  if (!existsSync(join(tree, 'nadi')) || !existsSync(file)) return undefined;
  try {
    return about.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data?.version;
  } catch {
    return undefined;
  }
}
