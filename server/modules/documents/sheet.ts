import { Fonts, type Run, type Weight } from './fonts.ts';
import { type Box, type Logo, openLogo } from './logo.ts';

export interface TextStyle {
  /** Points. */
  readonly size: number;
  readonly bold?: boolean;
  readonly color?: string;
}

export interface SheetFacts {
  readonly title: string;
  readonly author: string;
  readonly language: string;
  readonly createdAt: string;
}

const ink = '#1b2530';
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The height of a line of text. */
export function lineHeight({ size }: TextStyle): number {
  return size * 1.36;
}

/** Paper to draw on: text is measured and placed by whoever draws, so a page ends only where they say. */
export class Sheet {
  readonly #pdf: PDFKit.PDFDocument;
  readonly #fonts: Fonts;
  readonly #bytes: Promise<Buffer>;

  private constructor(pdf: PDFKit.PDFDocument) {
    this.#pdf = pdf;
    this.#fonts = new Fonts(pdf);
    const chunks: Buffer[] = [];
    const done = Promise.withResolvers<Buffer>();
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => done.resolve(Buffer.concat(chunks)));
    pdf.on('error', done.reject);
    this.#bytes = done.promise;
  }

  /** A document without pages. The PDF library is loaded by the first one: a server that prints nothing has it not. */
  static async open({ title, author, language, createdAt }: SheetFacts): Promise<Sheet> {
    const { default: PdfDocument } = await import('pdfkit');
    const created = new Date(createdAt);
    return new Sheet(
      new PdfDocument({
        autoFirstPage: false,
        bufferPages: true,
        lang: language,
        displayTitle: true,
        info: {
          Title: title,
          Author: author,
          Creator: 'Nadi',
          Producer: 'Nadi',
          CreationDate: created,
        },
      }),
    );
  }

  addPage(width: number, height: number): void {
    this.#pdf.addPage({ size: [width, height], margin: 0 });
  }

  /** Draws on every page again, told which of how many it is. */
  onEveryPage(draw: (page: number, pages: number) => void): void {
    const { start, count } = this.#pdf.bufferedPageRange();
    for (let page = 0; page < count; page += 1) {
      this.#pdf.switchToPage(start + page);
      draw(page + 1, count);
    }
  }

  width(text: string, style: TextStyle): number {
    return this.#runs(text, style).reduce((sum, run) => sum + this.#runWidth(run, style), 0);
  }

  /** Writes one line, its top left at x and y. */
  write(text: string, x: number, y: number, style: TextStyle): void {
    let at = x;
    for (const run of this.#runs(text, style)) {
      const width = this.#runWidth(run, style);
      this.#pdf.fillColor(style.color ?? ink).text(run.text, at, y, { lineBreak: false });
      at += width;
    }
  }

  /** Writes one line that ends at `right`; what is wider than `room` is written smaller. */
  writeRight(
    text: string,
    right: number,
    y: number,
    style: TextStyle,
    room = Number.POSITIVE_INFINITY,
  ): void {
    const width = this.width(text, style);
    if (width <= room) {
      this.write(text, right - width, y, style);
      return;
    }
    const size = (style.size * room) / width;
    this.write(text, right - room, y + (style.size - size), { ...style, size });
  }

  writeCentred(text: string, middle: number, y: number, style: TextStyle): void {
    this.write(text, middle - this.width(text, style) / 2, y, style);
  }

  /** The text in lines no wider than `width`; past `most` lines it ends in an ellipsis. */
  wrap(text: string, style: TextStyle, width: number, most = Number.POSITIVE_INFINITY): string[] {
    const lines = text
      .trim()
      .replace(/\r\n?|[\u2028\u2029]/g, '\n')
      .replace(/\n{3,}/g, '\n\n')
      .split('\n')
      .flatMap((paragraph) => this.#wrapParagraph(paragraph, style, width));
    if (lines.length <= most) return lines;
    const [last = ''] = lines.slice(most - 1, most);
    return [...lines.slice(0, most - 1), this.#shortened(last, style, width)];
  }

  line(x: number, y: number, width: number, color: string, thickness = 0.6): void {
    this.#pdf
      .lineWidth(thickness)
      .undash()
      .strokeColor(color)
      .moveTo(x, y)
      .lineTo(x + width, y)
      .stroke();
  }

  dashedLine(x: number, y: number, width: number): void {
    this.#pdf.lineWidth(0.7).dash(2, { space: 2 }).strokeColor(ink);
    this.#pdf
      .moveTo(x, y)
      .lineTo(x + width, y)
      .stroke()
      .undash();
  }

  fill({ x, y, width, height }: Box, color: string): void {
    this.#pdf.rect(x, y, width, height).fill(color);
  }

  frame({ x, y, width, height }: Box, color: string, thickness: number, radius: number): void {
    this.#pdf.lineWidth(thickness).strokeColor(color).roundedRect(x, y, width, height, radius).stroke();
  }

  /** The logo, or undefined where there is none that can be drawn. */
  logo(image: Buffer | null): Logo | undefined {
    return image === null ? undefined : openLogo(this.#pdf, image);
  }

  finish(): Promise<Buffer> {
    this.#pdf.end();
    return this.#bytes;
  }

  #runs(text: string, style: TextStyle): readonly Run[] {
    const weight: Weight = style.bold ? 600 : 400;
    return this.#fonts.runs(text, weight);
  }

  #runWidth(run: Run, { size }: TextStyle): number {
    return this.#fonts.select(run).fontSize(size).widthOfString(run.text);
  }

  #wrapParagraph(paragraph: string, style: TextStyle, width: number): string[] {
    const lines: string[] = [];
    let current = '';
    for (const word of paragraph.split(/\s+/).filter((part) => part !== '')) {
      const longer = current === '' ? word : `${current} ${word}`;
      if (this.width(longer, style) <= width) {
        current = longer;
        continue;
      }
      if (current !== '') lines.push(current);
      const pieces = this.#broken(word, style, width);
      lines.push(...pieces.slice(0, -1));
      current = pieces.at(-1) ?? '';
    }
    return [...lines, current];
  }

  /** A word in pieces that fit, for one that is wider than the line. */
  #broken(word: string, style: TextStyle, width: number): string[] {
    if (this.width(word, style) <= width) return [word];
    const pieces: string[] = [];
    let piece = '';
    for (const { segment } of graphemes.segment(word)) {
      if (piece !== '' && this.width(piece + segment, style) > width) {
        pieces.push(piece);
        piece = '';
      }
      piece += segment;
    }
    return [...pieces, piece];
  }

  #shortened(line: string, style: TextStyle, width: number): string {
    const kept = [...graphemes.segment(line)].map(({ segment }) => segment);
    while (kept.length > 0 && this.width(`${kept.join('')}…`, style) > width) kept.pop();
    return `${kept.join('').trimEnd()}…`;
  }
}
