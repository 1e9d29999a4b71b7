import type { Body } from '../payments/notification.ts';

/** What an invoice can go through: PENDING to PAID or EXPIRED, PAID to SETTLED. */
export type InvoiceStatus = 'PENDING' | 'PAID' | 'SETTLED' | 'EXPIRED';

export const invoiceMoves: Readonly<Record<InvoiceStatus, readonly InvoiceStatus[]>> = {
  PENDING: ['PAID', 'EXPIRED'],
  PAID: ['SETTLED'],
  SETTLED: [],
  EXPIRED: [],
};

/** How the customer pays: bank and retail transfers, e-wallets, cards and QR codes. */
export interface InvoicePayment {
  /** BANK_TRANSFER unless given. */
  readonly method?: 'BANK_TRANSFER' | 'RETAIL_OUTLET' | 'EWALLET' | 'QR_CODE' | 'CREDIT_CARD' | undefined;
  /** The bank, shop or wallet: `BCA` unless given. */
  readonly channel?: string | undefined;
  /** What arrives, in rupiah: the invoice's amount unless given. */
  readonly amount?: number | undefined;
  /** What the customer pays on top of it. */
  readonly surcharge?: number | undefined;
  /** What Xendit keeps of it: nothing unless given. */
  readonly fee?: number | undefined;
}

/** What came of paying it; amounts in rupiah, times in milliseconds since 1970. */
export interface Paid {
  readonly at: number;
  readonly method: string;
  readonly channel: string;
  readonly amount: number;
  readonly surcharge: number;
  readonly fee: number;
}

export interface Invoice {
  readonly id: string;
  readonly externalId: string;
  readonly amount: number;
  readonly created: number;
  readonly expires: number;
  /** What was asked and is only given back. */
  readonly asked: Body;
  /** Every status it had, in order. */
  readonly history: InvoiceStatus[];
  status: InvoiceStatus;
  updated: number;
  paid: Paid | undefined;
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/** What there is to tell of an invoice that was paid (the callback's sample of developers.xendit.co/api-reference). */
function paidFields({ paid }: Invoice): Body {
  if (paid === undefined) return {};
  const amount = paid.amount + paid.surcharge;
  return {
    paid_amount: amount,
    adjusted_received_amount: amount - paid.fee,
    fees_paid_amount: paid.fee,
    paid_at: iso(paid.at),
    payment_method: paid.method,
    payment_channel: paid.channel,
    payment_destination: '888888888888',
    ...(paid.method === 'BANK_TRANSFER' ? { bank_code: paid.channel } : {}),
    ...(paid.surcharge === 0 ? {} : { fees: [{ type: 'ADMIN', value: paid.surcharge }] }),
  };
}

/** What a callback says. */
export const callbackOf = (invoice: Invoice): Body => ({
  id: invoice.id,
  external_id: invoice.externalId,
  user_id: '5781d19b2e2385880609791c',
  is_high: false,
  status: invoice.status,
  merchant_name: 'Nadi',
  amount: invoice.amount,
  ...(invoice.asked.payer_email === undefined ? {} : { payer_email: invoice.asked.payer_email }),
  ...(invoice.asked.description === undefined ? {} : { description: invoice.asked.description }),
  created: iso(invoice.created),
  updated: iso(invoice.updated),
  currency: 'IDR',
  ...paidFields(invoice),
});

/** What the API says of it. */
export const present = (invoice: Invoice, baseUrl: string): Body => ({
  ...invoice.asked,
  ...callbackOf(invoice),
  expiry_date: iso(invoice.expires),
  invoice_url: `${baseUrl}/web/${invoice.id}`,
  available_banks: ['BCA', 'BNI', 'BRI', 'MANDIRI', 'PERMATA'].map((bank) => ({
    bank_code: bank,
    collection_type: 'POOL',
    transfer_amount: invoice.amount,
    bank_branch: 'Virtual Account',
    account_holder_name: 'NADI',
    identity_amount: 0,
  })),
  available_retail_outlets: [],
  available_ewallets: [],
  should_exclude_credit_card: false,
  should_send_email: false,
});
