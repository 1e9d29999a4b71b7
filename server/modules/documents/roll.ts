import { fitted } from './a4.ts';
import type { Issuer } from './document.ts';
import type { labels } from './labels.ts';
import { lineHeight, type Sheet, type TextStyle } from './sheet.ts';

/** 80 mm wide paper, of which a thermal printer reaches 72 mm. */
const width = (80 / 25.4) * 72;
const margin = (4 / 25.4) * 72;
const inner = width - 2 * margin;
/** The longest page that every reader shows (ISO 32000-1, annex C: 14,400 units). */
const longest = 14_400;

/** Thermal paper knows black alone. */
const black = '#000000';
const plain: TextStyle = { size: 8.5, color: black };
const bold: TextStyle = { ...plain, bold: true };

interface Block {
  readonly height: number;
  readonly draw: (y: number) => void;
}

/** A strip of paper that is as long as what stands on it: everything is gathered first, then drawn. */
export class Roll {
  readonly #sheet: Sheet;
  readonly #blocks: Block[] = [];

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
  }

  space(height = 6): void {
    this.#add(height, () => undefined);
  }

  rule(): void {
    this.#add(9, (y) => this.#sheet.dashedLine(margin, y + 4, inner));
  }

  centred(text: string, style: Partial<TextStyle> = {}, most = 6): void {
    const full = { ...plain, ...style };
    for (const line of this.#sheet.wrap(text, full, inner, most)) {
      this.#add(lineHeight(full), (y) => this.#sheet.writeCentred(line, width / 2, y, full));
    }
  }

  paragraph(text: string, options: { readonly bold?: boolean; readonly most?: number } = {}): void {
    const style = options.bold ? bold : plain;
    for (const line of this.#sheet.wrap(text, style, inner, options.most)) {
      this.#add(lineHeight(style), (y) => this.#sheet.write(line, margin, y, style));
    }
  }

  /** A name on the left, what belongs to it on the right; too long for that, it goes on the lines below. */
  pair(name: string, value: string, style: Partial<TextStyle> = {}): void {
    const full = { ...plain, ...style };
    const sheet = this.#sheet;
    const room = inner - sheet.width(name, full) - 8;
    if (sheet.width(value, full) <= room) {
      this.#add(lineHeight(full) + 1, (y) => {
        sheet.write(name, margin, y, full);
        sheet.writeRight(value, width - margin, y, full);
      });
      return;
    }
    for (const line of sheet.wrap(name, full, inner, 4)) {
      this.#add(lineHeight(full), (y) => sheet.write(line, margin, y, full));
    }
    for (const line of sheet.wrap(value, full, inner - 8, 8)) {
      this.#add(lineHeight(full), (y) => sheet.write(line, margin + 8, y, full));
    }
    this.space(2);
  }

  /** A word in a frame, across the paper. */
  mark(text: string): void {
    const style = { ...bold, size: 12 };
    this.#add(30, (y) => {
      const box = { width: this.#sheet.width(text, style) + 28, height: 22 };
      this.#sheet.frame({ x: (width - box.width) / 2, y: y + 4, ...box }, black, 1.4, 3);
      this.#sheet.writeCentred(text, width / 2, y + 7, style);
    });
  }

  letterhead(issuer: Issuer, words: (typeof labels)['id']): void {
    const logo = this.#sheet.logo(issuer.logo);
    if (logo) {
      const box = fitted(logo, inner * 0.6, 60);
      this.#add(box.height + 6, (y) => logo.draw({ x: (width - box.width) / 2, y, ...box }));
    }
    this.centred(issuer.name, { size: 11.5, bold: true }, 3);
    if (issuer.legalName !== null && issuer.legalName !== issuer.name) this.centred(issuer.legalName);
    if (issuer.address !== null) this.centred(issuer.address, {}, 5);
    if (issuer.phone !== null) this.centred(`${words.phone} ${issuer.phone}`);
    if (issuer.taxNumber !== null) this.centred(`${words.taxNumber} ${issuer.taxNumber}`);
    this.rule();
  }

  /** Draws all of it on one page as long as it needs; what is longer than a page can be goes on to the next. */
  draw(): void {
    for (const page of this.#pages()) {
      const total = page.reduce((sum, block) => sum + block.height, 0);
      this.#sheet.addPage(width, total + 2 * margin);
      let y = margin;
      for (const block of page) {
        block.draw(y);
        y += block.height;
      }
    }
  }

  #pages(): Block[][] {
    const pages: Block[][] = [[]];
    let used = 0;
    for (const block of this.#blocks) {
      if (used + block.height > longest - 2 * margin) {
        pages.push([]);
        used = 0;
      }
      used += block.height;
      pages.at(-1)?.push(block);
    }
    return pages;
  }

  #add(height: number, draw: Block['draw']): void {
    this.#blocks.push({ height, draw });
  }
}
