import { type Answer, type Call, carries, objectIn } from '../payments/call.ts';
import { chosenIn, paymentPage } from '../payments/page.ts';
import { type Invoice, present } from './invoice.ts';
import type { Invoices } from './invoices.ts';

/** The account as its API knows it. */
export interface XenditAccount {
  readonly secretKey: string;
  readonly baseUrl: string;
}

const refused = (status: number, code: string, message: string, more: object = {}): Answer => ({
  status,
  body: { error_code: code, message, ...more },
});

/** What Xendit's invoice API answers (developers.xendit.co/api-reference, "Invoices"); refusals have their own HTTP status. */
export function answerXendit(invoices: Invoices, account: XenditAccount, call: Call): Answer {
  const [, shown] = /^\/web\/(\w+)$/.exec(call.path) ?? [];
  if (shown !== undefined) return page(invoices, call, shown);
  if (!carries(call, account.secretKey))
    return refused(401, 'INVALID_API_KEY', 'API key is not authorized for this API service');
  const asked = `${call.method} ${call.path}`;
  if (asked === 'POST /v2/invoices' || asked === 'POST /v2/invoices/')
    return create(invoices, account.baseUrl, call);
  if (asked === 'GET /v2/invoices' || asked === 'GET /v2/invoices/') {
    const found = invoices.ofExternalId(call.query.get('external_id') ?? '');
    return { status: 200, body: found.map((invoice) => present(invoice, account.baseUrl)) };
  }
  const [, got] = /^GET \/v2\/invoices\/([^/]+)$/.exec(asked) ?? [];
  const [, ended] = /^POST \/invoices\/([^/]+)\/expire!$/.exec(asked) ?? [];
  const id = got ?? ended;
  if (id === undefined) return refused(404, 'NOT_FOUND', 'The requested resource was not found');
  return answerOne(invoices, account.baseUrl, id, ended !== undefined);
}

function answerOne(invoices: Invoices, baseUrl: string, id: string, expire: boolean): Answer {
  const invoice = invoices.find(id);
  // The words for one that is no longer PENDING: github.com/xendit/xendit-php/issues/200.
  if (expire && invoice?.status !== 'PENDING')
    return refused(404, 'INVOICE_NOT_FOUND_ERROR', 'Could not find and update PENDING invoice');
  if (invoice === undefined)
    return refused(404, 'INVOICE_NOT_FOUND_ERROR', `Could not find invoice with id ${id}`);
  if (expire) invoices.move(invoice, 'EXPIRED');
  return { status: 200, body: present(invoice, baseUrl) };
}

/** Limits and codes as xendit-magento-payment-module maps them (Helper/ErrorHandler.php). */
function create(invoices: Invoices, baseUrl: string, call: Call): Answer {
  const asked = objectIn(call.text);
  if (asked === undefined)
    return refused(400, 'INVALID_JSON_FORMAT', 'The request body is not a valid JSON format.');
  const { external_id: externalId, amount, invoice_duration: duration = 86_400, ...rest } = asked;
  const errors: { readonly path: string; readonly message: string }[] = [];
  if (typeof externalId !== 'string' || externalId === '')
    errors.push({ path: 'external_id', message: '"external_id" is required' });
  if (typeof amount !== 'number') errors.push({ path: 'amount', message: '"amount" must be a number' });
  if (typeof duration !== 'number' || duration <= 0)
    errors.push({ path: 'invoice_duration', message: '"invoice_duration" must be a positive number' });
  if (typeof externalId !== 'string' || typeof amount !== 'number' || errors.length > 0)
    return refused(
      400,
      'API_VALIDATION_ERROR',
      'There was an error with the format submitted to the server.',
      { errors },
    );
  if (amount < 10_000)
    return refused(
      400,
      'MINIMAL_TRANSFER_AMOUNT_ERROR',
      'Could not create invoice because amount is below Rp10000.',
    );
  if (amount > 1_000_000_000)
    return refused(
      400,
      'MAXIMUM_TRANSFER_AMOUNT_ERROR',
      'Could not create invoice because amount is above Rp1000000000.',
    );
  const invoice = invoices.add(externalId, amount, Number(duration), rest);
  return { status: 200, body: present(invoice, baseUrl) };
}

/** Where invoice_url leads: a page on which the customer pays with one press. */
function page(invoices: Invoices, call: Call, id: string): Answer {
  const invoice = invoices.find(id);
  if (invoice === undefined) return refused(404, 'NOT_FOUND', 'The requested resource was not found');
  if (call.method === 'POST') press(invoices, invoice, chosenIn(call.text));
  return paymentPage({
    gateway: 'Xendit (simulated)',
    order: invoice.externalId,
    amount: invoice.amount,
    state: invoice.status,
    methods: invoice.status === 'PENDING' ? methods : [],
  });
}

const methods = ['BANK_TRANSFER', 'RETAIL_OUTLET', 'EWALLET', 'QR_CODE', 'CREDIT_CARD'] as const;

function press(invoices: Invoices, invoice: Invoice, pressed: string): void {
  const method = methods.find((each) => each === pressed);
  if (method !== undefined && invoice.status === 'PENDING') invoices.pay(invoice, { method });
}
