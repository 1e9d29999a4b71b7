import type { z } from 'zod';
import { documents, type fileSchema } from '#contract';
import type { Db } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { gatherInvoice, gatherReceipt } from './gather.ts';
import { renderInvoice, renderReceipt } from './render.ts';

export { longDate, rupiah } from './format.ts';

export function documentsModule(kit: Kit): Module {
  return {
    name: 'documents',
    routes: routes(documents, {
      invoicePdf: ({ params, query }) => invoicePdf(kit.db, params.id, query),
      paymentReceiptPdf: ({ params, query }) => receiptPdf(kit.db, params.id, query),
    }),
  };
}

type Look = z.output<typeof documents.invoicePdf.query>;

/** An invoice as a PDF, whoever it is for. @throws {AppError} not_found */
export async function invoicePdf(db: Db, id: string, look: Look): Promise<z.input<typeof fileSchema>> {
  const invoice = await gatherInvoice(db, id, look.language);
  return pdfFile(await renderInvoice(invoice, look.format), invoice.number ?? `draft-${id}`);
}

/** The receipt of a payment as a PDF. @throws {AppError} not_found */
export async function receiptPdf(db: Db, id: string, look: Look): Promise<z.input<typeof fileSchema>> {
  const receipt = await gatherReceipt(db, id, look.language);
  return pdfFile(await renderReceipt(receipt, look.format), receipt.reference);
}

/** The file under a name that every system can save and no header is broken by. */
function pdfFile(bytes: Uint8Array, name: string): z.input<typeof fileSchema> {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return { type: 'application/pdf', bytes, filename: `${safe.slice(0, 80) || 'document'}.pdf` };
}
