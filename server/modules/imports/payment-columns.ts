import { z } from 'zod';
import { date, line, note, say } from '#contract';
import { amountCell } from '#kit/csv/cells.ts';
import type { ColumnSet } from '#kit/csv/columns.ts';
import { methodCell, numberCell } from './invoice-columns.ts';

const schema = z.object({
  invoice: numberCell,
  amount: amountCell.refine((value) => value !== '0.00', {
    error: say('Use an amount above zero.', 'Gunakan jumlah di atas nol.'),
  }),
  date,
  method: methodCell,
  reference: line().optional(),
  notes: note(500).optional(),
});

export type PaymentValues = z.output<typeof schema>;

/** The columns of a file of payments. */
export const paymentColumns: ColumnSet<PaymentValues> = {
  schema,
  required: ['invoice', 'amount', 'date'],
  dates: ['date'],
  hints: {
    invoice: { en: 'Write the number of an invoice.', id: 'Tulis nomor tagihan.' },
    amount: { en: 'Write the amount, like 150000.', id: 'Tulis jumlahnya, misalnya 150000.' },
    date: {
      en: 'Write the day it was paid like 2025-12-31.',
      id: 'Tulis tanggal bayar seperti 2025-12-31.',
    },
    method: {
      en: 'Write cash, transfer, qris, gopay, ovo, dana, midtrans, xendit or other; left empty, it is cash.',
      id: 'Tulis tunai, transfer, qris, gopay, ovo, dana, midtrans, xendit, atau lainnya; kalau kosong, tunai.',
    },
    reference: { en: 'Write at most 255 characters.', id: 'Tulis paling banyak 255 huruf.' },
    notes: { en: 'Write at most 500 characters.', id: 'Tulis paling banyak 500 huruf.' },
  },
  aliases: {
    nomor_tagihan: 'invoice',
    no_tagihan: 'invoice',
    tagihan: 'invoice',
    no_invoice: 'invoice',
    invoice_number: 'invoice',
    jumlah: 'amount',
    nominal: 'amount',
    total: 'amount',
    tanggal: 'date',
    tgl: 'date',
    tanggal_bayar: 'date',
    tgl_bayar: 'date',
    payment_date: 'date',
    metode: 'method',
    cara_bayar: 'method',
    referensi: 'reference',
    no_referensi: 'reference',
    transaction_id: 'reference',
    catatan: 'notes',
    keterangan: 'notes',
    no: 'ignored',
  },
};
