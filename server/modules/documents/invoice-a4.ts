import { a4, addA4, body, drawFacts, drawFeet, drawLetterhead, small, strong, writeLines } from './a4.ts';
import type { DocumentLine, InvoiceDocument } from './document.ts';
import { capitalised, grouped, longDate, longPeriod, rupiah } from './format.ts';
import { labels } from './labels.ts';
import { band, hairline, invoiceMark } from './look.ts';
import { lineHeight, type Sheet, type TextStyle } from './sheet.ts';
import { terbilang } from './terbilang.ts';

/** Right edges of the columns of figures, and the room for what stands left of them. */
const columns = {
  number: a4.left + 8,
  description: a4.left + 34,
  descriptionWidth: a4.inner - 34 - 258,
  quantity: a4.right - 204,
  unitPrice: a4.right - 106,
  amount: a4.right - 8,
  figureWidth: 92,
} as const;
const rowPadding = 5;
const headHeight = 22;

/** Draws an invoice on as many sheets of A4 as it needs. */
export function drawInvoiceA4(sheet: Sheet, invoice: InvoiceDocument): void {
  const { language, issuer, number } = invoice;
  const words = labels[language];
  addA4(sheet);
  let y = drawLetterhead(sheet, issuer, words, words.invoice, invoiceMark(invoice));
  y = drawParties(sheet, invoice, y) + 18;
  const title = number === null ? words.invoice : `${words.invoice} ${number}`;
  const nextPage = () => {
    const top = addA4(sheet);
    const [name = ''] = sheet.wrap(issuer.name, strong, a4.inner / 2, 1);
    sheet.write(name, a4.left, top, strong);
    sheet.writeRight(title, a4.right, top, strong);
    return top + lineHeight(strong) + 10;
  };
  y = drawLines(sheet, invoice, y, nextPage);
  y = drawTotals(sheet, invoice, y + 12, nextPage);
  drawNotes(sheet, invoice, y + 16, nextPage);
  drawFeet(sheet, [issuer.name, number ?? words.noNumber].join(' · '), words);
}

function drawParties(sheet: Sheet, invoice: InvoiceDocument, top: number): number {
  const { language, customer, number, issuedOn, dueDate, period } = invoice;
  const words = labels[language];
  const room = a4.inner - 250 - 24;
  sheet.write(words.billedTo, a4.left, top, small);
  const nameStyle: TextStyle = { size: 11.5, bold: true };
  let y = top + lineHeight(small) + 2;
  y = writeLines(sheet, sheet.wrap(customer.name, nameStyle, room, 4), a4.left, y, nameStyle) + 1;
  for (const text of [customer.address, customer.phone, customer.email]) {
    if (text !== null) y = writeLines(sheet, sheet.wrap(text, body, room, 5), a4.left, y, body);
  }
  const facts: readonly (readonly [string, string])[] = [
    [words.number, number ?? words.noNumber],
    [words.date, longDate(issuedOn, language)],
    [words.dueDate, longDate(dueDate, language)],
    ...(period === null ? [] : [[words.period, longPeriod(period, language)] as const]),
  ];
  const right = drawFacts(sheet, facts, a4.right - 250, top, { names: 72, values: 178 });
  return Math.max(y, right);
}

function drawLines(sheet: Sheet, invoice: InvoiceDocument, top: number, nextPage: () => number): number {
  let y = drawTableHead(sheet, invoice, top);
  for (const [index, line] of invoice.lines.entries()) {
    const lines = sheet.wrap(line.description, body, columns.descriptionWidth);
    const height = lines.length * lineHeight(body) + 2 * rowPadding;
    if (y + height > a4.bottom) y = drawTableHead(sheet, invoice, nextPage());
    drawRow(sheet, invoice, line, lines, index + 1, y + rowPadding);
    y += height;
    sheet.line(a4.left, y, a4.inner, hairline);
  }
  return y;
}

function drawTableHead(sheet: Sheet, { language }: InvoiceDocument, top: number): number {
  const words = labels[language];
  const style = { size: 8.5, bold: true };
  const y = top + (headHeight - lineHeight(style)) / 2;
  sheet.fill({ x: a4.left, y: top, width: a4.inner, height: headHeight }, band);
  sheet.write('#', columns.number, y, style);
  sheet.write(words.description, columns.description, y, style);
  sheet.writeRight(words.quantity, columns.quantity, y, style);
  sheet.writeRight(words.unitPrice, columns.unitPrice, y, style);
  sheet.writeRight(words.amount, columns.amount, y, style);
  return top + headHeight;
}

function drawRow(
  sheet: Sheet,
  { language }: InvoiceDocument,
  line: DocumentLine,
  description: readonly string[],
  position: number,
  y: number,
): void {
  sheet.write(String(position), columns.number, y + 0.7, small);
  writeLines(sheet, description, columns.description, y, body);
  sheet.writeRight(grouped(line.quantity, language), columns.quantity, y, body);
  sheet.writeRight(rupiah(line.unitPrice, language), columns.unitPrice, y, body, columns.figureWidth);
  sheet.writeRight(rupiah(line.amount, language), columns.amount, y, body, columns.figureWidth);
}

/** The sums on the right, kept together on one page, with the total in words beside them. */
function drawTotals(sheet: Sheet, invoice: InvoiceDocument, top: number, nextPage: () => number): number {
  const { language, subtotal, taxes, total, paid, left } = invoice;
  const words = labels[language];
  const amountStyle: TextStyle = { size: 12, bold: true };
  const rows: readonly (readonly [name: string, amount: string, style: TextStyle])[] = [
    [words.subtotal, subtotal, body],
    ...taxes.map((tax) => [tax.name, tax.amount, body] as const),
    [words.total, total, amountStyle],
    [words.paid, paid, body],
    [words.left, left, strong],
  ];
  const x = a4.right - 236;
  const inWords = sheet.wrap(capitalised(terbilang(total, language)), body, x - a4.left - 28);
  const height = Math.max(rows.length * 20 + 8, (inWords.length + 1) * lineHeight(body));
  let y = top + height > a4.bottom ? nextPage() : top;
  sheet.write(words.inWords, a4.left, y, small);
  writeLines(sheet, inWords, a4.left, y + lineHeight(small) + 2, body);
  const end = y + height;
  for (const [name, amount, style] of rows) {
    const big = style === amountStyle;
    if (big) sheet.fill({ x, y: y - 1, width: a4.right - x, height: 24 }, band);
    const at = y + (big ? 3 : 2);
    const [label = ''] = sheet.wrap(name, style, 116, 1);
    sheet.write(label, x + 8, at, style);
    sheet.writeRight(rupiah(amount, language), columns.amount, at, style);
    y += big ? 27 : 19;
  }
  return Math.max(y, end);
}

function drawNotes(sheet: Sheet, invoice: InvoiceDocument, top: number, nextPage: () => number): void {
  if (invoice.notes === null) return;
  const lines = sheet.wrap(invoice.notes, body, a4.inner);
  let y = top + 3 * lineHeight(body) > a4.bottom ? nextPage() : top;
  sheet.write(labels[invoice.language].notes, a4.left, y, small);
  y += lineHeight(small) + 2;
  for (const line of lines) {
    if (y + lineHeight(body) > a4.bottom) y = nextPage();
    sheet.write(line, a4.left, y, body);
    y += lineHeight(body);
  }
}
