import type { InvoiceDocument, ReceiptDocument } from './document.ts';
import { drawInvoiceA4 } from './invoice-a4.ts';
import { drawInvoiceRoll } from './invoice-roll.ts';
import { labels } from './labels.ts';
import { drawReceiptA4 } from './receipt-a4.ts';
import { drawReceiptRoll } from './receipt-roll.ts';
import { Sheet } from './sheet.ts';

export type DocumentFormat = 'a4' | 'receipt';

/** The invoice as PDF. The same document gives the same bytes. */
export async function renderInvoice(invoice: InvoiceDocument, format: DocumentFormat): Promise<Buffer> {
  const words = labels[invoice.language];
  const sheet = await open(invoice, `${words.invoice} ${invoice.number ?? ''}`.trim());
  if (format === 'a4') drawInvoiceA4(sheet, invoice);
  else drawInvoiceRoll(sheet, invoice);
  return sheet.finish();
}

/** The receipt for a payment as PDF. The same document gives the same bytes. */
export async function renderReceipt(receipt: ReceiptDocument, format: DocumentFormat): Promise<Buffer> {
  const words = labels[receipt.language];
  const sheet = await open(receipt, `${words.receipt} ${receipt.reference}`);
  if (format === 'a4') drawReceiptA4(sheet, receipt);
  else drawReceiptRoll(sheet, receipt);
  return sheet.finish();
}

function open(
  { issuer, language, createdAt }: InvoiceDocument | ReceiptDocument,
  title: string,
): Promise<Sheet> {
  return Sheet.open({ title, author: issuer.name, language, createdAt });
}
