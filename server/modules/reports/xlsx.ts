import type { CellKind, Table } from './table.ts';
import { zipOf } from './zip.ts';

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const packaged = 'http://schemas.openxmlformats.org/package/2006';
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** Their places in `cellXfs` of the styles below. */
const styles: Readonly<Record<CellKind | 'title', number>> = {
  text: 0,
  title: 1,
  number: 2,
  money: 3,
  date: 4,
};

const fixedParts = {
  '[Content_Types].xml': `<Types xmlns="${packaged}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`,
  '_rels/.rels': `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${relationships}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${packaged}/relationships"><Relationship Id="rId1" Type="${relationships}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${relationships}/styles" Target="styles.xml"/></Relationships>`,
  'xl/styles.xml': `<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`,
};

/**
 * A table as a workbook of one sheet (ECMA-376, SpreadsheetML). Numbers are numbers and dates are dates; a text is never read as a
 * formula there. Written by hand: the libraries carry a whole spreadsheet each, for six small files.
 */
export function xlsxOf(table: Table): Promise<Uint8Array> {
  const workbook = `<workbook xmlns="${main}" xmlns:r="${relationships}"><sheets><sheet name="${escaped(table.name)}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
  return zipOf([
    ...Object.entries(fixedParts).map(([name, xml]) => ({ name, pieces: [head, xml] })),
    { name: 'xl/workbook.xml', pieces: [head, workbook] },
    { name: 'xl/worksheets/sheet1.xml', pieces: sheetOf(table) },
  ]);
}

function* sheetOf({ titles, kinds, rows }: Table): Generator<string> {
  yield `${head}<worksheet xmlns="${main}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="${Math.max(1, titles.length)}" width="18" customWidth="1"/></cols><sheetData>`;
  yield `<row>${titles.map((title) => textCell(title, styles.title)).join('')}</row>`;
  for (const row of rows) {
    yield `<row>${row.map((value, at) => cell(value, kinds[at] ?? 'text')).join('')}</row>`;
  }
  yield '</sheetData></worksheet>';
}

function cell(value: string | null, kind: CellKind): string {
  if (value === null) return '<c/>';
  if (kind === 'text') return textCell(value, styles.text);
  return `<c s="${styles[kind]}"><v>${kind === 'date' ? daysSince1900(value) : value}</v></c>`;
}

function textCell(value: string, style: number): string {
  return `<c s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;
}

/** The serial number of a date: 1 March 1900 is 61, since spreadsheets think that 1900 was a leap year. */
function daysSince1900(date: string): number {
  return Temporal.PlainDate.from('1899-12-30').until(date, { largestUnit: 'days' }).days;
}

/** Text for XML 1.0, which has no place for most control characters. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
