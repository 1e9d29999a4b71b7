import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import { UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { providerEdition } from '../editions/provider.ts';
import { type ImportFault, type ImportResult, importCustomers } from '../modules/subscriptions/index.ts';
import { type DataOption, type Process, type Terminal, withKit } from './context.ts';
import { startProgress } from './progress.ts';

/** Imports customers with their subscriptions from a CSV file. Returns 0, or 1 where lines are faulty. */
export async function importCustomersCommand(
  process: Process,
  file: string,
  options: DataOption & { readonly dryRun?: boolean },
): Promise<number> {
  const { terminal } = process;
  const path = resolve(process.cwd, file);
  const total = await countLines(path, file);
  return withKit(process, options, 'import customers', async (kit) => {
    if (!options.dryRun) await createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly).refuseIfOn();
    const { subscriptionHooks } = providerEdition(kit);
    const progress = startProgress(terminal, `Reading ${basename(path)}`, total);
    const result = await importCustomers(
      kit,
      subscriptionHooks,
      systemAuthor('import customers'),
      createReadStream(path),
      {
        fileName: basename(path),
        dryRun: options.dryRun ?? false,
        onProgress: (line) => progress.to(Math.min(line, total)),
      },
    );
    progress.finish();
    if (result.faultCount > 0) tellFaults(terminal, result);
    else tellResult(terminal, result, options.dryRun ?? false);
    return result.faultCount > 0 ? 1 : 0;
  });
}

/** @throws {UserError} when the file cannot be read. */
async function countLines(path: string, shown: string): Promise<number> {
  let lines = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new UserError(`There is no file ${shown}.`);
    if (code === 'EISDIR') throw new UserError(`${shown} is a folder; name the CSV file in it.`);
    if (code === 'EACCES') throw new UserError(`${shown} may not be read by this user.`);
    throw error;
  }
  return lines;
}

function tellFaults({ print }: Terminal, { faults, faultCount }: ImportResult): void {
  for (const fault of faults) print(faultLine(fault));
  if (faultCount > faults.length) print(`… and ${faultCount - faults.length} more.`);
  print(
    `Nothing was imported: correct ${faultCount === 1 ? 'this' : `these ${faultCount}`} and run it again.`,
  );
}

function faultLine({ line, column, text }: ImportFault): string {
  // What a file holds must not move the cursor or colour the terminal.
  const plain = text.replace(/\p{Cc}/gu, '\uFFFD');
  return `line ${line}${column === undefined ? '' : `, ${column.replace(/\p{Cc}/gu, '\uFFFD')}`}: ${plain}`;
}

function tellResult({ print }: Terminal, result: ImportResult, dryRun: boolean): void {
  print(dryRun ? 'The file is right. It would add:' : 'Imported:');
  const figures: readonly [number, string][] = [
    [result.customers, 'customers'],
    [result.subscriptions, 'subscriptions'],
    [result.alreadyThere, 'lines passed over: already there'],
  ];
  for (const [count, text] of figures) print(`  ${String(count).padStart(8)}  ${text}`);
  if (dryRun) print('Nothing was changed (--dry-run).');
  else if (result.subscriptions > 0)
    print('What is not paid yet is invoiced by the next billing run: at once while Nadi runs.');
}
