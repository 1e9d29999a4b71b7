import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dbTypesFile, freshDbTypes } from '../checks/db-types.ts';
import type { Process } from './context.ts';
import { openapiCommand } from './openapi.ts';

/** Writes every generated file anew. */
export async function generateCommand(process: Process): Promise<void> {
  const { repository, execPath, env, terminal } = process;
  await openapiCommand(process, {});
  const types = await freshDbTypes({ repository, execPath, env, print: terminal.print });
  await writeFile(join(repository, dbTypesFile), types);
  terminal.print(`Wrote ${dbTypesFile}`);
}
