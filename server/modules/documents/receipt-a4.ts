import { a4, addA4, body, drawFeet, drawLetterhead, small, strong, writeLines } from './a4.ts';
import type { ReceiptDocument } from './document.ts';
import { longDate, rupiah } from './format.ts';
import { labels } from './labels.ts';
import { band, hairline, receiptMark } from './look.ts';
import { receiptFacts } from './receipt-facts.ts';
import { lineHeight, type Sheet } from './sheet.ts';

const names = 124;

/** Draws a kwitansi on the upper part of a sheet of A4. */
export function drawReceiptA4(sheet: Sheet, receipt: ReceiptDocument): void {
  const { language, issuer, reference, invoiceNumber, reversed } = receipt;
  const words = labels[language];
  addA4(sheet);
  let y = drawLetterhead(sheet, issuer, words, words.receipt, receiptMark(receipt));
  for (const [name, value] of receiptFacts(receipt)) {
    const lines = sheet.wrap(value, body, a4.inner - names, 8);
    sheet.write(name, a4.left, y + 0.7, small);
    y = writeLines(sheet, lines, a4.left + names, y, body) + 7;
  }
  y = drawAmount(sheet, receipt, y + 8);
  if (reversed !== null) {
    const said = [
      words.reversedOn(longDate(reversed.on, language)),
      ...(reversed.reason === null ? [] : [`${words.reason}: ${reversed.reason}`]),
    ];
    const style = { ...strong, color: '#b42318' };
    for (const text of said) y = writeLines(sheet, sheet.wrap(text, style, a4.inner, 6), a4.left, y, style);
  }
  drawFeet(sheet, [issuer.name, invoiceNumber ?? words.noNumber, reference].join(' · '), words);
}

/** The amount in a box on the left, and who took it on the right. */
function drawAmount(sheet: Sheet, receipt: ReceiptDocument, top: number): number {
  const { language, amount, paidOn, receivedBy, issuer } = receipt;
  const style = { size: 17, bold: true };
  const text = rupiah(amount, language);
  const box = { x: a4.left, y: top, width: sheet.width(text, style) + 36, height: 44 };
  sheet.fill(box, band);
  sheet.frame(box, hairline, 0.8, 3);
  sheet.write(text, box.x + 18, top + 10, style);
  const middle = a4.right - 95;
  const [name = ''] = sheet.wrap(receivedBy ?? issuer.name, body, 190, 1);
  sheet.writeCentred(longDate(paidOn, language), middle, top, body);
  sheet.writeCentred(labels[language].receivedBy, middle, top + lineHeight(body), small);
  sheet.line(middle - 95, top + 76, 190, hairline, 0.8);
  sheet.writeCentred(name, middle, top + 80, body);
  return top + 116;
}
