import { payPath } from '#contract';
import type { Language } from '#kit/errors.ts';
import { html, type Markup, pagePolicy } from '#kit/http/html.ts';
import { longDate, rupiah } from '../documents/index.ts';
import type { OrganisationRow } from '../organisation/index.ts';
import type { PayableInvoice } from './order-queries.ts';
import { words } from './pay-words.ts';

/** All that the page says. */
export interface PayPage {
  readonly provider: Pick<OrganisationRow, 'name' | 'phone' | 'payment_instructions'>;
  readonly invoice: PayableInvoice;
  readonly token: string;
  readonly language: Language;
  /** The ways to pay that are set up. */
  readonly ways: readonly ('midtrans' | 'xendit' | 'transfer')[];
  /** Whether somebody may just have paid. */
  readonly isAwaited: boolean;
}

const style = `
*{box-sizing:border-box}
body{margin:0;background:#f3f4f6;color:#111827;font:17px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:32rem;margin:0 auto;padding:1rem}
section{background:#fff;border-radius:.75rem;padding:1rem;margin:.75rem 0}
h1{font-size:1.3rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.05rem;margin:0 0 .5rem}
p{margin:0 0 .5rem}
.total{font-size:1.8rem;font-weight:700;margin:0}
.paid{border-top:.4rem solid #15803d}
.text{white-space:pre-line}
a{color:#1d4ed8}
.pay{display:block;text-align:center;background:#15803d;color:#fff;border-radius:.5rem;padding:.75rem 1rem;text-decoration:none;margin:.5rem 0}
.other{background:#fff;color:#111827;border:1px solid #9ca3af}
footer{color:#4b5563;font-size:.9rem;text-align:center;padding:.5rem}
`;

/** What the page may load. */
export const payPolicy = pagePolicy(style);

// As it is: its hash stands in the policy, and it holds nothing of anybody's.
const styleElement = html(Object.assign([`<style>${style}</style>`], { raw: [] }));

function page(provider: PayPage['provider'], language: Language, body: Markup, head?: Markup): string {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex,nofollow">
<meta name="referrer" content="no-referrer">
<title>${provider.name}</title>
${head}
${styleElement}
</head>
<body>
<main>
<p><b>${provider.name}</b></p>
${body}
</main>
</body>
</html>
`.text;
}

/** The page of an invoice: without script; while somebody may just have paid it looks again by itself. */
export function payPage({ provider, invoice, token, language, ways, isAwaited }: PayPage): string {
  const text = words[language];
  const isOpen = invoice.status === 'unpaid' || invoice.status === 'overdue';
  const other = language === 'id' ? 'en' : 'id';
  const about = html`<p>${text.invoice} ${invoice.number ?? ''}</p>`;
  const foot = html`<footer><a href="${payPath}/${token}?language=${other}" lang="${other}">${text.other}</a></footer>`;
  if (!isOpen) {
    const isPaid = invoice.status === 'paid';
    return page(
      provider,
      language,
      html`<section class="${isPaid ? 'paid' : ''}"><h1>${isPaid ? text.paid : text.closed}</h1>${about}<p>${isPaid ? text.paidText : text.closedText}</p></section>${foot}`,
    );
  }
  const again = isAwaited ? html`<meta http-equiv="refresh" content="15">` : undefined;
  return page(
    provider,
    language,
    html`<section><h1>${text.toPay}</h1>${about}<p class="total">${rupiah(invoice.left_to_pay, language)}</p><p>${text.due} ${longDate(invoice.due_date, language)}</p></section>
${isAwaited ? html`<section><p>${text.awaited}</p></section>` : undefined}
<section><h2>${text.how}</h2>${ways.map((way) => html`<a class="pay ${way === 'transfer' ? 'other' : ''}" rel="nofollow" href="${payPath}/${token}/${way}?language=${language}">${text.ways[way]}</a>`)}${ways.length === 0 ? html`<p class="text">${provider.payment_instructions ?? text.askUs}</p>` : undefined}</section>
<section><p>${text.afterwards}</p>${provider.phone === null ? undefined : html`<p>${text.help} ${provider.phone}</p>`}</section>${foot}`,
    again,
  );
}

/** Leads on to where the gateway takes the payment. */
export function leadingPage(provider: PayPage['provider'], url: string, language: Language): string {
  const text = words[language];
  return page(
    provider,
    language,
    html`<section><p>${text.leading}</p><a class="pay" href="${url}">${text.goOn}</a></section>`,
    html`<meta http-equiv="refresh" content="0;url=${url}">`,
  );
}

/** Says how much to transfer, and where to. */
export function transferPage(
  provider: PayPage['provider'],
  order: { readonly amount: string; readonly until: string },
  token: string,
  language: Language,
): string {
  const text = words[language];
  return page(
    provider,
    language,
    html`<section><h1>${text.transfer}</h1><p class="total">${rupiah(order.amount, language)}</p><p>${text.exactly}</p><p>${text.until} ${longDate(order.until, language)}</p></section>
<section><p class="text">${provider.payment_instructions ?? text.askUs}</p></section>
<section><p>${text.afterTransfer}</p></section>
<footer><a href="${payPath}/${token}?language=${language}">${text.back}</a></footer>`,
  );
}

/** Says why there is nothing to pay with just now. */
export function troublePage(
  provider: PayPage['provider'],
  said: string,
  token: string,
  language: Language,
): string {
  const text = words[language];
  return page(
    provider,
    language,
    html`<section><h1>${text.trouble}</h1><p>${said}</p></section>
<section><a class="pay other" href="${payPath}/${token}?language=${language}">${text.back}</a></section>`,
  );
}
