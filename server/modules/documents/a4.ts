import type { Issuer } from './document.ts';
import type { labels } from './labels.ts';
import type { Logo } from './logo.ts';
import { hairline, type Mark, muted } from './look.ts';
import { lineHeight, type Sheet, type TextStyle } from './sheet.ts';

const width = 595.28;
const height = 841.89;
const margin = 48;

export const a4 = {
  left: margin,
  right: width - margin,
  inner: width - 2 * margin,
  bottom: height - 64,
} as const;

export const small: TextStyle = { size: 8.5, color: muted };
export const body: TextStyle = { size: 9.5 };
export const strong: TextStyle = { size: 9.5, bold: true };

type Labels = (typeof labels)['id'];

/** Adds a page; returns where its contents begin. */
export function addA4(sheet: Sheet): number {
  sheet.addPage(width, height);
  return margin;
}

/** Writes the lines under each other and returns where the next one goes. */
export function writeLines(
  sheet: Sheet,
  lines: readonly string[],
  x: number,
  y: number,
  style: TextStyle,
): number {
  for (const [index, line] of lines.entries()) sheet.write(line, x, y + index * lineHeight(style), style);
  return y + lines.length * lineHeight(style);
}

/** How the issuer is told of under its name, a line or more each. */
function issuerLines({ name, legalName, address, phone, email, taxNumber }: Issuer, words: Labels): string[] {
  return [
    ...(legalName !== null && legalName !== name ? [legalName] : []),
    ...(address === null ? [] : [address]),
    ...(phone === null ? [] : [`${words.phone} ${phone}`]),
    ...(email === null ? [] : [email]),
    ...(taxNumber === null ? [] : [`${words.taxNumber} ${taxNumber}`]),
  ];
}

/** Logo, issuer, title and mark across the top of the first page; returns where the rest begins. */
export function drawLetterhead(
  sheet: Sheet,
  issuer: Issuer,
  words: Labels,
  title: string,
  mark: Mark | undefined,
): number {
  const top = margin;
  const titleStyle = { size: 20, bold: true };
  const markBottom = drawTitle(sheet, top, title, titleStyle, mark);
  const logo = sheet.logo(issuer.logo);
  const logoBox = logo && fitted(logo, 104, 62);
  if (logo && logoBox) logo.draw({ x: a4.left, y: top, ...logoBox });
  const x = a4.left + (logoBox ? logoBox.width + 16 : 0);
  const room = a4.right - 190 - x;
  const nameStyle = { size: 14, bold: true };
  let y = writeLines(sheet, sheet.wrap(issuer.name, nameStyle, room, 3), x, top, nameStyle) + 2;
  for (const text of issuerLines(issuer, words))
    y = writeLines(sheet, sheet.wrap(text, small, room, 4), x, y, small);
  const bottom = Math.max(y, markBottom, top + (logoBox?.height ?? 0)) + 14;
  sheet.line(a4.left, bottom, a4.inner, hairline, 1);
  return bottom + 16;
}

function drawTitle(
  sheet: Sheet,
  top: number,
  title: string,
  style: TextStyle,
  mark: Mark | undefined,
): number {
  sheet.writeRight(title, a4.right, top - 4, style);
  const below = top + lineHeight(style) + 2;
  if (!mark) return below;
  const text = { size: 10.5, bold: true, color: mark.color };
  const box = { width: sheet.width(mark.text, text) + 20, height: 22 };
  sheet.frame({ x: a4.right - box.width, y: below, ...box }, mark.color, 1.4, 4);
  sheet.write(mark.text, a4.right - box.width + 10, below + 4, text);
  return below + box.height;
}

/** The size of a picture within these bounds; a small one is not blown up past its pixels at 72 to the inch. */
export function fitted(
  logo: Logo,
  most: number,
  high: number,
): { readonly width: number; readonly height: number } {
  const scale = Math.min(most / logo.width, high / logo.height, 1);
  return { width: logo.width * scale, height: logo.height * scale };
}

/** Names on the left and values on the right of a column, under each other; returns where they end. */
export function drawFacts(
  sheet: Sheet,
  facts: readonly (readonly [name: string, value: string])[],
  x: number,
  y: number,
  layout: { readonly names: number; readonly values: number },
): number {
  let at = y;
  for (const [name, value] of facts) {
    sheet.write(name, x, at + 0.7, small);
    const lines = sheet.wrap(value, body, layout.values, 6);
    at = writeLines(sheet, lines, x + layout.names, at, body) + 3;
  }
  return at;
}

/** The foot of every page: what it belongs to, and which page of how many it is. */
export function drawFeet(sheet: Sheet, what: string, words: Labels): void {
  const y = height - 44;
  sheet.onEveryPage((page, pages) => {
    sheet.line(a4.left, y, a4.inner, hairline);
    const [left = ''] = sheet.wrap(what, small, a4.inner - 110, 1);
    sheet.write(left, a4.left, y + 6, small);
    sheet.writeRight(words.page(page, pages), a4.right, y + 6, small);
  });
}
