import type { ReceiptDocument } from './document.ts';
import { capitalised, longDate, longPeriod, rupiah } from './format.ts';
import { labels, methodName } from './labels.ts';
import { terbilang } from './terbilang.ts';

/** What a receipt says, by name, in the order in which a kwitansi says it. */
export function receiptFacts(receipt: ReceiptDocument): readonly (readonly [name: string, value: string])[] {
  const { language, customer, amount, invoiceNumber, period, method, transactionId } = receipt;
  const words = labels[language];
  const invoice = invoiceNumber === null ? words.forDraft : words.forInvoice(invoiceNumber);
  const given = (name: string, value: string | null) => (value === null ? [] : [[name, value] as const]);
  return [
    [words.number, receipt.reference],
    [words.receivedFrom, customer.name],
    [words.sum, capitalised(terbilang(amount, language))],
    [words.forPaymentOf, period === null ? invoice : `${invoice}, ${longPeriod(period, language)}`],
    [words.method, methodName(method, language)],
    ...given(words.transaction, transactionId),
    [words.paidOn, longDate(receipt.paidOn, language)],
    [words.left, rupiah(receipt.left, language)],
    ...given(words.notes, receipt.notes),
  ];
}
