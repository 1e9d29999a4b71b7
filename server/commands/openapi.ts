import { writeFile } from 'node:fs/promises';
import { openapiFile } from '#kit/http/docs.ts';
import { openapiText } from '../../packages/contract/openapi.ts';
import type { Process } from './context.ts';

/** Writes the committed API description, or prints it. */
export async function openapiCommand(
  process: Process,
  options: { readonly stdout?: boolean },
): Promise<void> {
  if (options.stdout) {
    process.terminal.print(openapiText().trimEnd());
    return;
  }
  await writeFile(openapiFile, openapiText());
  process.terminal.print(`Wrote ${openapiFile}`);
}
