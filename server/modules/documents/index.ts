import type { z } from 'zod';
import { documents, type fileSchema } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { gatherInvoice, gatherReceipt } from './gather.ts';
import { renderInvoice, renderReceipt } from './render.ts';

export { longDate, rupiah } from './format.ts';

export function documentsModule(kit: Kit): Module {
  return {
    name: 'documents',
    routes: routes(documents, {
      invoicePdf: async ({ params, query }) => {
        const invoice = await gatherInvoice(kit.db, params.id, query.language);
        return pdfFile(await renderInvoice(invoice, query.format), invoice.number ?? `draft-${params.id}`);
      },
      paymentReceiptPdf: async ({ params, query }) => {
        const receipt = await gatherReceipt(kit.db, params.id, query.language);
        return pdfFile(await renderReceipt(receipt, query.format), receipt.reference);
      },
    }),
  };
}

/** The file under a name that every system can save and no header is broken by. */
function pdfFile(bytes: Uint8Array, name: string): z.input<typeof fileSchema> {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return { type: 'application/pdf', bytes, filename: `${safe.slice(0, 80) || 'document'}.pdf` };
}
