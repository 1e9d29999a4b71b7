import { systemAuthor } from '#kit/http/call.ts';
import { importInvoices } from '../modules/imports/index.ts';
import type { Process } from './context.ts';
import { type ImportFileOptions, importFile } from './import-file.ts';

/** Imports invoices from before from a CSV file. Returns 0, or 1 where lines are faulty. */
export function importInvoicesCommand(
  process: Process,
  file: string,
  options: ImportFileOptions & { readonly paymentsFollow?: boolean },
): Promise<number> {
  const paymentsFollow = options.paymentsFollow ?? false;
  return importFile(process, file, options, {
    command: 'import invoices',
    run: (kit, source, how) =>
      importInvoices(kit, systemAuthor('import invoices'), source, { ...how, paymentsFollow }),
    figures: (result) => [
      [result.invoices, { en: 'invoices', id: 'tagihan' }],
      [result.paid, { en: '  paid, each with a payment', id: '  lunas, masing-masing dengan pembayaran' }],
      [result.unpaid, { en: '  unpaid', id: '  belum dibayar' }],
      [result.cancelled, { en: '  void', id: '  batal' }],
      [result.alreadyThere, { en: 'lines passed over: already there', id: 'baris dilewati: sudah ada' }],
    ],
    remark: ({ paid }) =>
      paid === 0 || !options.dryRun
        ? undefined
        : {
            en: 'Paid invoices get a payment of their whole amount. If you have a file of payments too, add --payments-follow: then the invoices stay open until "import payments" pays them.',
            id: 'Tagihan lunas mendapat pembayaran sebesar jumlahnya. Kalau Anda juga punya berkas pembayaran, tambahkan --payments-follow: tagihan tetap terbuka sampai dibayar oleh "import payments".',
          },
  });
}
