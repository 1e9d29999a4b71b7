import type { InvoiceDocument, ReceiptDocument } from '../../server/modules/documents/document.ts';

/** An invoice with everything filled in. */
export const invoice: InvoiceDocument = {
  language: 'id',
  issuer: {
    name: 'Sinar Net',
    legalName: 'PT Sinar Nusantara',
    address: 'Jl. Merdeka No. 12\nBandung 40122',
    phone: '022-7654321',
    email: 'halo@sinar.test',
    taxNumber: '01.234.567.8-901.000',
    logo: null,
  },
  customer: { name: 'Budi Santoso', address: 'Jl. Kenanga 8', phone: '+62 812', email: null },
  number: 'INV-20260115-0001',
  issuedOn: '2026-01-15',
  dueDate: '2026-01-22',
  period: { start: '2026-01-15', end: '2026-02-14' },
  status: 'overdue',
  lines: [
    { description: 'Paket 20 Mbps', quantity: 2, unitPrice: '125000.00', amount: '250000.00' },
    { description: 'Potongan', quantity: 1, unitPrice: '-20000.00', amount: '-20000.00' },
  ],
  subtotal: '230000.00',
  taxes: [{ name: 'PPN 11%', amount: '25300.00' }],
  total: '255300.00',
  paid: '100000.50',
  left: '155299.50',
  notes: 'Transfer ke BCA 123.',
  createdAt: '2026-01-15T03:00:00.000Z',
};

export const receipt: ReceiptDocument = {
  language: 'id',
  issuer: invoice.issuer,
  customer: invoice.customer,
  reference: '3F9A12BC',
  invoiceNumber: 'INV-20260115-0001',
  period: invoice.period,
  amount: '1011000.00',
  left: '0.00',
  method: 'transfer',
  transactionId: 'TRX-9',
  paidOn: '2026-01-20',
  receivedBy: 'Siti Aminah',
  notes: null,
  reversed: null,
  createdAt: '2026-01-20T03:00:00.000Z',
};
