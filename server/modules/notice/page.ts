import { noticePath } from '#contract';
import type { Language } from '#kit/errors.ts';
import { html, type Markup, pagePolicy } from '#kit/http/html.ts';
import { longDate, rupiah } from '../documents/index.ts';
import { masked } from './mask.ts';
import type { Debtor, OpenInvoice, Provider } from './queries.ts';
import { words } from './words.ts';

/** All that the page says. */
export interface Notice {
  readonly provider: Provider;
  readonly debtor: Debtor | undefined;
  readonly paymentUrls: ReadonlyMap<string, string>;
  readonly language: Language;
}

const style = `
*{box-sizing:border-box}
body{margin:0;background:#f3f4f6;color:#111827;font:17px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:32rem;margin:0 auto;padding:1rem}
header{display:flex;align-items:center;gap:.75rem;padding:.5rem 0}
header img{max-height:3rem;max-width:9rem}
header b{font-size:1.1rem}
section{background:#fff;border-radius:.75rem;padding:1rem;margin:.75rem 0}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.05rem;margin:0 0 .5rem}
p{margin:0 0 .5rem}
.blocked{border-top:.4rem solid #b91c1c}
.total{font-size:1.6rem;font-weight:700;margin:0}
ul{list-style:none;margin:.75rem 0 0;padding:0}
li{border-top:1px solid #e5e7eb;padding:.6rem 0;display:flex;flex-wrap:wrap;gap:0 .75rem;justify-content:space-between}
small{display:block;color:#4b5563;font-size:.9rem}
.text{white-space:pre-line}
a{color:#1d4ed8}
.pay{display:inline-block;background:#15803d;color:#fff;border-radius:.5rem;padding:.5rem 1rem;text-decoration:none}
footer{color:#4b5563;font-size:.9rem;text-align:center;padding:.5rem}
`;

/** What the page may load. */
export const noticePolicy = pagePolicy(style);

/** The page: without script, and with nothing from elsewhere but the logo. */
export function noticePage({ provider, debtor, paymentUrls, language }: Notice): string {
  const { contact, other, phone } = words[language];
  const otherLanguage = language === 'id' ? 'en' : 'id';
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${provider.name}</title>
${styleElement}
</head>
<body>
<main>
<header>${logoOf(provider)}<b>${provider.name}</b></header>
${aboutCustomer(debtor, language)}
${debtor === undefined || debtor.invoices.length === 0 ? undefined : toPay(debtor, paymentUrls, provider, language)}
<section>
<h2>${contact}</h2>
${line(provider.phone, (text) => html`<p>${phone}: <a href="tel:${text.replace(/[^0-9+]/g, '')}">${text}</a></p>`)}
${line(provider.email, (text) => html`<p>Email: <a href="mailto:${text}">${text}</a></p>`)}
${line(provider.address, (text) => html`<p class="text">${text}</p>`)}
</section>
<footer><a href="${noticePath}?language=${otherLanguage}" lang="${otherLanguage}">${other}</a></footer>
</main>
</body>
</html>
`.text;
}

// As it is: its hash stands in the policy, and it holds nothing of anybody's.
const styleElement = html(Object.assign([`<style>${style}</style>`], { raw: [] }));

function line(text: string | null, shown: (text: string) => Markup): Markup | undefined {
  return text === null ? undefined : shown(text);
}

/** Named by its instant, so that another one is fetched anew. */
function logoOf({ logo_at: at }: Provider): Markup | undefined {
  return at === null ? undefined : html`<img src="${noticePath}/logo?v=${Date.parse(at)}" alt="">`;
}

function aboutCustomer(debtor: Debtor | undefined, language: Language): Markup {
  const text = words[language];
  if (debtor === undefined)
    return html`<section><h1>${text.general}</h1><p>${text.generalText}</p></section>`;
  const { is_blocked: isBlocked, is_used_up: isUsedUp, invoices, name } = debtor;
  const owes = invoices.length > 0;
  const isOff = isBlocked || isUsedUp;
  const title = isOff ? text.blocked : owes ? text.owing : text.settled;
  const said = isBlocked
    ? owes
      ? text.blockedText
      : text.blockedWithout
    : owes
      ? text.owingText
      : text.settledText;
  const quota = isUsedUp ? html`<p>${text.usedUpText}</p>` : undefined;
  const bill = isUsedUp && !isBlocked && !owes ? undefined : html`<p>${said}</p>`;
  return html`<section class="${isOff ? 'blocked' : ''}"><h1>${title}</h1><p><bdi>${masked(name)}</bdi></p>${quota}${bill}</section>`;
}

function toPay(
  { invoices, is_used_up: isUsedUp }: Debtor,
  paymentUrls: ReadonlyMap<string, string>,
  { payment_instructions: instructions }: Provider,
  language: Language,
): Markup {
  const text = words[language];
  const [first] = invoices;
  const more = (first?.count ?? 0) - invoices.length;
  return html`<section>
<h2>${text.total}</h2>
<p class="total">${rupiah(first?.total ?? '0', language)}</p>
<ul>
${invoices.map((invoice) => item(invoice, paymentUrls.get(invoice.id), language))}
${more > 0 ? html`<li>${text.more(more)}</li>` : undefined}
</ul>
</section>
<section>
<h2>${text.howToPay}</h2>
<p class="text">${instructions ?? text.askUs}</p>
${isUsedUp ? undefined : html`<p><b>${text.afterwards}</b></p>`}
</section>`;
}

function item(
  { number, due_date: due, left }: OpenInvoice,
  url: string | undefined,
  language: Language,
): Markup {
  const { due: dueWord, payOnline } = words[language];
  const link = url === undefined ? undefined : html`<a class="pay" href="${url}">${payOnline}</a>`;
  return html`<li><span>${number}<small>${dueWord} ${longDate(due, language)}</small></span><b>${rupiah(left, language)}</b>${link}</li>`;
}
