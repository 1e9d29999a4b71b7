import { systemAuthor } from '#kit/http/call.ts';
import { importPayments } from '../modules/imports/index.ts';
import type { Process } from './context.ts';
import { type ImportFileOptions, importFile } from './import-file.ts';

/** Imports payments from before from a CSV file. Returns 0, or 1 where lines are faulty. */
export function importPaymentsCommand(
  process: Process,
  file: string,
  options: ImportFileOptions,
): Promise<number> {
  return importFile(process, file, options, {
    command: 'import payments',
    run: (kit, source, how) => importPayments(kit, systemAuthor('import payments'), source, how),
    figures: (result) => [
      [result.payments, { en: 'payments', id: 'pembayaran' }],
      [result.alreadyThere, { en: 'lines passed over: already there', id: 'baris dilewati: sudah ada' }],
      [
        result.alreadyPaid,
        {
          en: 'lines passed over: their invoice was imported as paid, with its payment',
          id: 'baris dilewati: tagihannya sudah dimasukkan sebagai lunas, dengan pembayarannya',
        },
      ],
    ],
  });
}
