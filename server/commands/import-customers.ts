import { systemAuthor } from '#kit/http/call.ts';
import { wholeEdition } from '../editions/whole.ts';
import { importCustomers } from '../modules/subscriptions/index.ts';
import type { Process } from './context.ts';
import { type ImportFileOptions, importFile } from './import-file.ts';

/** Imports customers with their subscriptions from a CSV file. Returns 0, or 1 where lines are faulty. */
export function importCustomersCommand(
  process: Process,
  file: string,
  options: ImportFileOptions,
): Promise<number> {
  return importFile(process, file, options, {
    command: 'import customers',
    run: (kit, source, how) => {
      const { subscriptionHooks } = wholeEdition(kit);
      return importCustomers(kit, subscriptionHooks, systemAuthor('import customers'), source, how);
    },
    figures: (result) => [
      [result.customers, { en: 'customers', id: 'pelanggan' }],
      [result.subscriptions, { en: 'subscriptions', id: 'langganan' }],
      [result.alreadyThere, { en: 'lines passed over: already there', id: 'baris dilewati: sudah ada' }],
    ],
    remark: ({ subscriptions }) =>
      subscriptions === 0 || options.dryRun
        ? undefined
        : {
            en: 'What is not paid yet is invoiced by the next billing run: at once while Nadi runs.',
            id: 'Yang belum dibayar ditagih oleh penagihan berikutnya: langsung, selama Nadi berjalan.',
          },
  });
}
