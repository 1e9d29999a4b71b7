import { createHash } from 'node:crypto';

/** Text that is HTML already. Made by {@link html} alone. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlValue = string | number | Markup | undefined | readonly Markup[];

/** Puts values between pieces of HTML, each escaped unless it is {@link Markup}; undefined is nothing. */
export function html(pieces: TemplateStringsArray, ...values: readonly HtmlValue[]): Markup {
  return new Markup(pieces.map((piece, at) => piece + written(values[at])).join(''));
}

function written(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escaped(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** As text or in a quoted attribute. */
const escaped = (text: string): string =>
  text.toWellFormed().replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

/** What a page may load: this style, pictures of its own server, and nothing else; no script, no form, no frame. */
export function pagePolicy(style: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
