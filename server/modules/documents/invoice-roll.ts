import type { InvoiceDocument } from './document.ts';
import { capitalised, grouped, longDate, longPeriod, rupiah } from './format.ts';
import { labels } from './labels.ts';
import { invoiceMark } from './look.ts';
import { Roll } from './roll.ts';
import type { Sheet } from './sheet.ts';
import { terbilang } from './terbilang.ts';

/** Draws an invoice on receipt paper. */
export function drawInvoiceRoll(sheet: Sheet, invoice: InvoiceDocument): void {
  const { language, customer, period, notes, total } = invoice;
  const words = labels[language];
  const money = (amount: string) => rupiah(amount, language);
  const roll = new Roll(sheet);
  roll.letterhead(invoice.issuer, words);
  roll.centred(words.invoice, { size: 11, bold: true });
  roll.space(3);
  roll.pair(words.number, invoice.number ?? words.noNumber);
  roll.pair(words.date, longDate(invoice.issuedOn, language));
  roll.pair(words.dueDate, longDate(invoice.dueDate, language));
  if (period !== null) roll.pair(words.period, longPeriod(period, language));
  roll.rule();
  roll.paragraph(customer.name, { bold: true, most: 4 });
  for (const text of [customer.address, customer.phone]) if (text !== null) roll.paragraph(text, { most: 4 });
  roll.rule();
  for (const line of invoice.lines) {
    roll.paragraph(line.description);
    roll.pair(`${grouped(line.quantity, language)} × ${money(line.unitPrice)}`, money(line.amount));
    roll.space(2);
  }
  roll.rule();
  roll.pair(words.subtotal, money(invoice.subtotal));
  for (const tax of invoice.taxes) roll.pair(tax.name, money(tax.amount));
  roll.pair(words.total, money(total), { size: 11, bold: true });
  roll.pair(words.paid, money(invoice.paid));
  roll.pair(words.left, money(invoice.left), { bold: true });
  roll.space(3);
  roll.mark(invoiceMark(invoice).text);
  roll.rule();
  roll.paragraph(`${words.inWords}: ${capitalised(terbilang(total, language))}`);
  if (notes !== null) {
    roll.space();
    roll.paragraph(notes, { most: 60 });
  }
  roll.space();
  roll.centred(words.thanks);
  roll.draw();
}
