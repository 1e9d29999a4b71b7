import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseVersion } from '#release-metadata';
import { AgentError } from '../errors.ts';
import { type Installation, treeOf } from './installation.ts';

/** What the tree says it is: `.version`, and 1.0.0 without one (spec 1 §3). @throws {AgentError} no_version where it is none */
export function currentVersion(installation: Installation): string {
  const file = join(treeOf(installation), '.version');
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '1.0.0';
  if (parseVersion(text) !== undefined) return text;
  throw new AgentError('no_version', {
    en: `${file} does not hold a version such as 1.4.0. Write the version that is installed into it.`,
    id: `${file} tidak berisi versi seperti 1.4.0. Tuliskan versi yang terpasang di dalamnya.`,
  });
}
