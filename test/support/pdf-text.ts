import { extractText, getDocumentProxy } from 'unpdf';

export interface PdfSeen {
  /** The text of each page, its spaces made single. */
  readonly pages: readonly string[];
  /** Of all pages together. */
  readonly text: string;
  /** Points, of each page. */
  readonly sizes: readonly { readonly width: number; readonly height: number }[];
}

/** What a reader of the PDF sees, through a reader that is not the library which wrote it. */
export async function readPdf(bytes: Uint8Array): Promise<PdfSeen> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes));
  const { text } = await extractText(pdf);
  const pages = text.map((page) => page.replace(/\s+/g, ' '));
  const sizes = await Promise.all(
    pages.map(async (_, index) => {
      const { width, height } = (await pdf.getPage(index + 1)).getViewport({ scale: 1 });
      return { width, height };
    }),
  );
  return { pages, text: pages.join('\n'), sizes };
}
