import type { ReceiptDocument } from './document.ts';
import { longDate, rupiah } from './format.ts';
import { labels } from './labels.ts';
import { receiptMark } from './look.ts';
import { receiptFacts } from './receipt-facts.ts';
import { Roll } from './roll.ts';
import type { Sheet } from './sheet.ts';

/** Draws a kwitansi on receipt paper. */
export function drawReceiptRoll(sheet: Sheet, receipt: ReceiptDocument): void {
  const { language, receivedBy, reversed } = receipt;
  const words = labels[language];
  const roll = new Roll(sheet);
  roll.letterhead(receipt.issuer, words);
  roll.centred(words.receipt, { size: 11, bold: true });
  roll.space(3);
  for (const [name, value] of receiptFacts(receipt)) roll.pair(name, value);
  if (receivedBy !== null) roll.pair(words.receivedBy, receivedBy);
  roll.rule();
  roll.pair(words.total, rupiah(receipt.amount, language), { size: 11.5, bold: true });
  const mark = receiptMark(receipt);
  if (mark && reversed !== null) {
    roll.mark(mark.text);
    roll.paragraph(words.reversedOn(longDate(reversed.on, language)));
    if (reversed.reason !== null) roll.paragraph(`${words.reason}: ${reversed.reason}`, { most: 6 });
  }
  roll.rule();
  roll.centred(words.thanks);
  roll.draw();
}
