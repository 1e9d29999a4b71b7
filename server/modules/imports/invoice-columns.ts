import { z } from 'zod';
import { date, line, note, paymentMethods, say } from '#contract';
import { chosen, wholeAmountCell } from '#kit/csv/cells.ts';
import type { ColumnSet } from '#kit/csv/columns.ts';

/** How something was paid, in the words of files beside our own; a payment from a balance is never imported. */
export const methodCell = chosen({
  ...Object.fromEntries(paymentMethods.filter((method) => method !== 'balance').map((word) => [word, word])),
  tunai: 'cash',
  kas: 'cash',
  bank: 'transfer',
  tf: 'transfer',
  lainnya: 'other',
  lain: 'other',
});

const statuses = {
  paid: 'paid',
  lunas: 'paid',
  'sudah bayar': 'paid',
  unpaid: 'unpaid',
  overdue: 'unpaid',
  belum: 'unpaid',
  'belum bayar': 'unpaid',
  'belum lunas': 'unpaid',
  void: 'void',
  cancelled: 'void',
  batal: 'void',
  dibatalkan: 'void',
} as const;

/** The number of an invoice as it was; nothing that would break a line where it is shown. */
export const numberCell = line(64).regex(/^\P{Cc}+$/u, {
  error: say('Use a number on one line.', 'Gunakan nomor dalam satu baris.'),
});

const schema = z
  .object({
    number: numberCell,
    customer: line(),
    date,
    due_date: date.optional(),
    amount: wholeAmountCell,
    tax: wholeAmountCell.optional(),
    description: note(255),
    period: line(100).optional(),
    status: chosen(statuses),
    paid_on: date.optional(),
    method: methodCell,
  })
  .partial({ description: true })
  .required({ status: true });

export type InvoiceValues = z.output<typeof schema>;

/** The columns of a file of invoices. */
export const invoiceColumns: ColumnSet<InvoiceValues> = {
  schema,
  required: ['number', 'customer', 'date', 'amount', 'status'],
  dates: ['date', 'due_date', 'paid_on'],
  hints: {
    number: {
      en: 'Write the number of the invoice as it was, at most 64 characters.',
      id: 'Tulis nomor tagihan seperti aslinya, paling banyak 64 huruf.',
    },
    customer: {
      en: 'Write the username of a subscription, or the e-mail or phone of the customer.',
      id: 'Tulis username langganan, atau email atau telepon pelanggan.',
    },
    date: { en: 'Write a date like 2025-12-31.', id: 'Tulis tanggal seperti 2025-12-31.' },
    due_date: {
      en: 'Write a date like 2025-12-31, or leave it empty for the date of the invoice.',
      id: 'Tulis tanggal seperti 2025-12-31, atau kosongkan kalau sama dengan tanggal tagihan.',
    },
    amount: {
      en: 'Write the whole amount with tax, like 150000.',
      id: 'Tulis jumlah seluruhnya termasuk pajak, misalnya 150000.',
    },
    tax: {
      en: 'Write how much of the amount is tax, like 16500, or leave it empty.',
      id: 'Tulis berapa dari jumlah itu yang berupa pajak, misalnya 16500, atau kosongkan.',
    },
    description: {
      en: 'Write what it was for, at most 255 characters.',
      id: 'Tulis untuk apa tagihannya, paling banyak 255 huruf.',
    },
    period: {
      en: 'Write the period as text, like December 2025, or leave it empty.',
      id: 'Tulis masanya sebagai teks, misalnya Desember 2025, atau kosongkan.',
    },
    status: { en: 'Write paid, unpaid or void.', id: 'Tulis lunas, belum, atau batal.' },
    paid_on: {
      en: 'Write the day it was paid like 2025-12-31, or leave it empty for the date of the invoice.',
      id: 'Tulis tanggal bayar seperti 2025-12-31, atau kosongkan kalau sama dengan tanggal tagihan.',
    },
    method: {
      en: 'Write how it was paid: cash, transfer, qris, gopay, ovo, dana, midtrans, xendit or other.',
      id: 'Tulis cara bayarnya: tunai, transfer, qris, gopay, ovo, dana, midtrans, xendit, atau lainnya.',
    },
  },
  aliases: {
    nomor: 'number',
    no_tagihan: 'number',
    nomor_tagihan: 'number',
    no_invoice: 'number',
    invoice: 'number',
    invoice_number: 'number',
    pelanggan: 'customer',
    username: 'customer',
    email: 'customer',
    telepon: 'customer',
    no_hp: 'customer',
    phone: 'customer',
    tanggal: 'date',
    tgl: 'date',
    tanggal_tagihan: 'date',
    invoice_date: 'date',
    jatuh_tempo: 'due_date',
    tanggal_jatuh_tempo: 'due_date',
    jumlah: 'amount',
    total: 'amount',
    nominal: 'amount',
    pajak: 'tax',
    ppn: 'tax',
    keterangan: 'description',
    deskripsi: 'description',
    masa: 'period',
    periode: 'period',
    bulan: 'period',
    tanggal_bayar: 'paid_on',
    tgl_bayar: 'paid_on',
    metode: 'method',
    cara_bayar: 'method',
    no: 'ignored',
  },
};
