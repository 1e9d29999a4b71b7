import type { InvoiceDocument, ReceiptDocument } from './document.ts';
import { labels } from './labels.ts';

/** The word that tells at a glance how a document stands. */
export interface Mark {
  readonly text: string;
  readonly color: string;
}

export const muted = '#5d6875';
export const hairline = '#d4dae1';
export const band = '#f2f5f8';

const statusColors = {
  draft: '#5d6875',
  unpaid: '#8a5a00',
  overdue: '#b42318',
  paid: '#0b7a43',
  cancelled: '#b42318',
} as const;

export function invoiceMark({ status, language }: InvoiceDocument): Mark {
  return { text: labels[language].status[status], color: statusColors[status] };
}

export function receiptMark({ reversed, language }: ReceiptDocument): Mark | undefined {
  return reversed === null ? undefined : { text: labels[language].reversed, color: '#b42318' };
}
