import type { Body } from '../payments/notification.ts';

/** How a customer pays. */
export type Choice =
  | {
      readonly payment_type: 'bank_transfer';
      readonly bank?: 'bca' | 'bni' | 'bri' | 'cimb' | 'permata' | undefined;
    }
  | { readonly payment_type: 'echannel' | 'gopay' | 'shopeepay' | 'akulaku' }
  | { readonly payment_type: 'qris'; readonly acquirer?: 'gopay' | 'airpay shopee' | undefined }
  | { readonly payment_type: 'cstore'; readonly store?: 'indomaret' | 'alfamart' | undefined }
  | { readonly payment_type: 'credit_card'; readonly bank?: 'bni' | 'bca' | 'mandiri' | undefined };

export type PaymentType = Choice['payment_type'];

/** So long can a transaction be paid where the order does not say (docs.midtrans.com/reference/code-statuses). */
export const minutesToPay: Readonly<Record<PaymentType, number>> = {
  bank_transfer: 1440,
  echannel: 1440,
  cstore: 1440,
  akulaku: 1440,
  gopay: 15,
  qris: 15,
  shopeepay: 15,
  credit_card: 10,
};

/** What can be given back through Midtrans, and of what only the whole (docs.midtrans.com/reference/refund-transaction). */
export const refundable: readonly PaymentType[] = ['credit_card', 'gopay', 'shopeepay', 'qris', 'akulaku'];
export const refundableWhole: readonly PaymentType[] = ['shopeepay'];

/** Convenience stores' notifications were seen without it: "if it exists, it should be accept" (docs.midtrans.com/docs/https-notification-webhooks). */
export const tellsFraud = (choice: Choice): boolean =>
  !(choice.payment_type === 'cstore' && choice.store !== 'alfamart');

/**
 * The fields that only this way to pay has, as in the samples of docs.midtrans.com/docs/https-notification-webhooks. `serial` makes
 * the numbers differ; `paid` is when and how much, once it is.
 */
export function fieldsOf(
  choice: Choice,
  serial: number,
  paid: { readonly at: string; readonly amount: string } | undefined,
): Body {
  const digits = (length: number) => `${serial}`.padStart(length, '0');
  switch (choice.payment_type) {
    case 'bank_transfer': {
      const { bank = 'bca' } = choice;
      if (bank === 'permata') return { permata_va_number: `856${digits(13)}` };
      // Only BNI tells what was paid.
      const amounts = bank === 'bni' && paid !== undefined ? [{ paid_at: paid.at, amount: paid.amount }] : [];
      return { va_numbers: [{ va_number: `33${digits(13)}`, bank }], payment_amounts: amounts };
    }
    case 'echannel':
      return { biller_code: '70012', bill_key: `99${digits(10)}` };
    case 'qris': {
      const { acquirer = 'gopay' } = choice;
      return {
        transaction_type: 'on-us',
        acquirer,
        issuer: acquirer,
        ...(acquirer === 'gopay' ? { merchant_cross_reference_id: `0197f326-0000-${digits(4)}` } : {}),
      };
    }
    case 'shopeepay':
      return { shopeepay_reference_number: `1039${digits(14)}`, reference_id: `DL-${digits(20)}` };
    case 'cstore':
      return {
        store: choice.store ?? 'indomaret',
        payment_code: `3000${digits(14)}`,
        ...(paid === undefined ? {} : { approval_code: `ABC${digits(9)}` }),
      };
    case 'credit_card':
      return {
        masked_card: '48111111-1114',
        bank: choice.bank ?? 'bni',
        eci: '05',
        card_type: 'credit',
        channel_response_code: '00',
        channel_response_message: 'Approved',
        approval_code: `1578${digits(9)}`,
      };
    case 'gopay':
    case 'akulaku':
      return {};
  }
}
