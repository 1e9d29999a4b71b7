import type { Language } from '#kit/errors.ts';

const id = {
  invoice: 'TAGIHAN',
  receipt: 'KWITANSI',
  billedTo: 'Ditagihkan kepada',
  number: 'Nomor',
  noNumber: 'Belum bernomor',
  date: 'Tanggal',
  dueDate: 'Jatuh tempo',
  period: 'Periode',
  taxNumber: 'NPWP',
  phone: 'Telp.',
  description: 'Keterangan',
  quantity: 'Jumlah',
  unitPrice: 'Harga satuan',
  amount: 'Total harga',
  subtotal: 'Subtotal',
  total: 'Total',
  paid: 'Sudah dibayar',
  left: 'Sisa tagihan',
  inWords: 'Terbilang',
  notes: 'Catatan',
  page: (page: number, pages: number) => `Halaman ${page} dari ${pages}`,
  thanks: 'Terima kasih.',
  receivedFrom: 'Telah diterima dari',
  sum: 'Uang sejumlah',
  forPaymentOf: 'Untuk pembayaran',
  forInvoice: (number: string) => `Tagihan ${number}`,
  forDraft: 'Tagihan',
  method: 'Cara bayar',
  transaction: 'Nomor transaksi',
  paidOn: 'Tanggal bayar',
  receivedBy: 'Diterima oleh',
  reversedOn: (date: string) => `Pembayaran ini dibatalkan pada ${date}.`,
  reason: 'Alasan',
  status: {
    draft: 'DRAF',
    unpaid: 'BELUM DIBAYAR',
    overdue: 'JATUH TEMPO',
    paid: 'LUNAS',
    cancelled: 'BATAL',
  },
  reversed: 'DIBATALKAN',
  methods: {
    cash: 'Tunai',
    transfer: 'Transfer bank',
    balance: 'Saldo',
    other: 'Lainnya',
  },
};

type Labels = typeof id;

const en: Labels = {
  invoice: 'INVOICE',
  receipt: 'RECEIPT',
  billedTo: 'Billed to',
  number: 'Number',
  noNumber: 'No number yet',
  date: 'Date',
  dueDate: 'Due date',
  period: 'Period',
  taxNumber: 'NPWP',
  phone: 'Phone',
  description: 'Description',
  quantity: 'Quantity',
  unitPrice: 'Unit price',
  amount: 'Amount',
  subtotal: 'Subtotal',
  total: 'Total',
  paid: 'Paid so far',
  left: 'Left to pay',
  inWords: 'In words',
  notes: 'Notes',
  page: (page, pages) => `Page ${page} of ${pages}`,
  thanks: 'Thank you.',
  receivedFrom: 'Received from',
  sum: 'The sum of',
  forPaymentOf: 'In payment of',
  forInvoice: (number) => `Invoice ${number}`,
  forDraft: 'Invoice',
  method: 'Method',
  transaction: 'Transaction',
  paidOn: 'Paid on',
  receivedBy: 'Received by',
  reversedOn: (date) => `This payment was reversed on ${date}.`,
  reason: 'Reason',
  status: {
    draft: 'DRAFT',
    unpaid: 'UNPAID',
    overdue: 'OVERDUE',
    paid: 'PAID',
    cancelled: 'VOID',
  },
  reversed: 'REVERSED',
  methods: {
    cash: 'Cash',
    transfer: 'Bank transfer',
    balance: 'Balance',
    other: 'Other',
  },
};

/** The words of a document. */
export const labels: Readonly<Record<Language, Labels>> = { id, en };

/** Names that are the same in every language. */
const brands: Readonly<Record<string, string>> = {
  midtrans: 'Midtrans',
  qris: 'QRIS',
  gopay: 'GoPay',
  ovo: 'OVO',
  dana: 'DANA',
  xendit: 'Xendit',
};

/** How a payment was made, in words; a method without words as it is kept. */
export function methodName(method: string, language: Language): string {
  const names: Readonly<Record<string, string>> = labels[language].methods;
  return names[method] ?? brands[method] ?? method;
}
