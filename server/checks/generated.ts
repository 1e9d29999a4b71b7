import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openapiText } from '../../packages/contract/openapi.ts';
import type { CheckContext } from './context.ts';
import { dbTypesFile, freshDbTypes } from './db-types.ts';

/** The committed API description, from the repository. */
export const openapiPath = 'packages/contract/openapi.json';

export async function checkOpenapi(context: CheckContext): Promise<readonly string[]> {
  return difference(context, openapiPath, openapiText(), './nadi openapi');
}

export async function checkDbTypes(context: CheckContext): Promise<readonly string[]> {
  return difference(context, dbTypesFile, await freshDbTypes(context), './nadi generate');
}

async function difference(
  context: CheckContext,
  path: string,
  wanted: string,
  command: string,
): Promise<readonly string[]> {
  const found = await readFile(join(context.repository, path), 'utf8').catch(() => '');
  return found === wanted
    ? []
    : [`${path} is not what its source says${firstDifference(found, wanted)}. Run: ${command}`];
}

/** Where the two texts part, in a few words. */
function firstDifference(found: string, wanted: string): string {
  const [before, after] = [found.split('\n'), wanted.split('\n')];
  const at = after.findIndex((line, index) => line !== before[index]);
  const line = at === -1 ? after.length : at;
  return ` (line ${line + 1}: found "${before[line]?.trim() ?? ''}", wanted "${after[line]?.trim() ?? ''}")`;
}
