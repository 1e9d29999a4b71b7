import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { unpackWoff } from './woff.ts';

/**
 * IBM Plex Sans (SIL Open Font License) as @fontsource brings it, a file for each part of Unicode: the Latin letters of
 * all of Europe and Vietnam, Greek and Cyrillic. Figures have one width, so amounts stand in columns.
 *
 * For what it lacks (Arabic, Chinese, emoji …) the plain letter is printed where there is one, as a for ａ, and else a
 * question mark for each character: an invoice with such a name still prints, and everybody sees that something is
 * missing. What has no shape of its own (joiners, direction marks) is left out.
 */
const parts = ['latin', 'latin-ext', 'vietnamese', 'greek', 'cyrillic', 'cyrillic-ext'] as const;
type Part = (typeof parts)[number];

export type Weight = 400 | 600;

/** A stretch of text that one font file can draw. */
export interface Run {
  readonly part: Part;
  readonly weight: Weight;
  readonly text: string;
}

const require = createRequire(import.meta.url);
const files = new Map<string, Buffer>();

/** A font file, unpacked when it is first needed and then kept. */
function fontFile(part: Part, weight: Weight): Buffer {
  const name = `@fontsource/ibm-plex-sans/files/ibm-plex-sans-${part}-${weight}-normal.woff`;
  const known = files.get(name) ?? unpackWoff(readFileSync(require.resolve(name)));
  files.set(name, known);
  return known;
}

/** What pdfkit keeps of an open font: fontkit's. Its types leave it out. */
interface OpenFont {
  readonly _font: { readonly font: { hasGlyphForCodePoint(codePoint: number): boolean } };
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const plain = /^[\x20-\x7e\xa0-\xac\xae-\xff]*$/;

/** Finds for each character the font file that has it, within one PDF. */
export class Fonts {
  readonly #pdf: PDFKit.PDFDocument;
  readonly #found = new Map<string, Run>();
  readonly #registered = new Set<string>();

  constructor(pdf: PDFKit.PDFDocument) {
    this.#pdf = pdf;
  }

  /** Writes with this font from now on. */
  select({ part, weight }: Omit<Run, 'text'>): PDFKit.PDFDocument {
    const name = `${part}-${weight}`;
    if (!this.#registered.has(name)) this.#pdf.registerFont(name, fontFile(part, weight));
    this.#registered.add(name);
    return this.#pdf.font(name);
  }

  /** The text in runs, with everything replaced that cannot be drawn. */
  runs(text: string, weight: Weight): readonly Run[] {
    const clean = printable(text);
    if (plain.test(clean)) return clean === '' ? [] : [{ part: 'latin', weight, text: clean }];
    const runs: Run[] = [];
    for (const { segment } of graphemes.segment(clean)) {
      const run = this.#runOf(segment, weight);
      const last = runs.at(-1);
      if (last?.part === run.part) runs[runs.length - 1] = { ...last, text: last.text + run.text };
      else runs.push(run);
    }
    return runs;
  }

  #runOf(segment: string, weight: Weight): Run {
    const key = `${weight}${segment}`;
    const known = this.#found.get(key);
    if (known) return known;
    const bare = segment.normalize('NFKD').replace(/\p{M}/gu, '');
    const run = this.#drawable(segment, weight) ??
      this.#drawable(bare, weight) ?? { part: 'latin', weight, text: '?' };
    this.#found.set(key, run);
    return run;
  }

  #drawable(text: string, weight: Weight): Run | undefined {
    if (text === '') return undefined;
    for (const part of parts) {
      const { _font: open } = this.select({ part, weight }) as unknown as OpenFont; // See OpenFont.
      const has = (character: string) => open.font.hasGlyphForCodePoint(character.codePointAt(0) ?? 0);
      if ([...text].every(has)) return { part, weight, text };
    }
    return undefined;
  }
}

/** One line of text: letters composed, breaks and tabs as spaces, nothing invisible that could turn the text around. */
function printable(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '');
}
