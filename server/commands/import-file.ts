import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { LineFault } from '#kit/csv/columns.ts';
import { type Language, type Message, UserError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { type DataOption, type Process, type Terminal, withKit } from './context.ts';
import { startProgress } from './progress.ts';

export interface ImportFileOptions extends DataOption {
  readonly dryRun?: boolean;
  readonly language?: Language;
}

interface ReadFile {
  readonly faults: readonly LineFault[];
  readonly faultCount: number;
}

interface FileImport<Result extends ReadFile> {
  /** As the command is named: `import customers`. */
  readonly command: string;
  run(
    kit: Kit,
    source: AsyncIterable<Uint8Array>,
    options: {
      readonly fileName: string;
      readonly dryRun: boolean;
      readonly onProgress: (line: number) => void;
    },
  ): Promise<Result>;
  /** What a file without faults came to: counts with what was counted. */
  figures(result: Result): readonly (readonly [count: number, what: Message])[];
  /** A sentence to say after the figures. */
  remark?(result: Result): Message | undefined;
}

/** Imports a CSV file and tells what came of it. Returns 0, or 1 where lines are faulty. */
export async function importFile<Result extends ReadFile>(
  process: Process,
  file: string,
  options: ImportFileOptions,
  work: FileImport<Result>,
): Promise<number> {
  const { terminal } = process;
  const language = languageOf(process, options);
  const dryRun = options.dryRun ?? false;
  const path = resolve(process.cwd, file);
  const total = await countLines(path, file);
  return withKit(process, options, work.command, async (kit) => {
    if (!dryRun) await createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly).refuseIfOn();
    const fileName = basename(path);
    const progress = startProgress(
      terminal,
      `${{ en: 'Reading', id: 'Membaca' }[language]} ${fileName}`,
      total,
    );
    const onProgress = (line: number) => progress.to(Math.min(line, total));
    const result = await work.run(kit, createReadStream(path), { fileName, dryRun, onProgress });
    progress.finish();
    if (result.faultCount > 0) {
      tellFaults(terminal, result, language);
      return 1;
    }
    terminal.print(dryRun ? words.wouldAdd[language] : words.imported[language]);
    tellFigures(terminal, work.figures(result), language);
    const remark = work.remark?.(result);
    if (remark) terminal.print(remark[language]);
    if (dryRun) terminal.print(words.nothingChanged[language]);
    return 0;
  });
}

const words = {
  wouldAdd: { en: 'The file is right. It would add:', id: 'Berkasnya benar. Yang akan ditambahkan:' },
  imported: { en: 'Imported:', id: 'Sudah dimasukkan:' },
  nothingChanged: {
    en: 'Nothing was changed (--dry-run).',
    id: 'Tidak ada yang diubah (--dry-run).',
  },
};

/** The language asked for; otherwise Indonesian where the terminal is set to it, and English. */
export function languageOf(process: Process, options: { readonly language?: Language }): Language {
  if (options.language !== undefined) return options.language;
  const locale = process.env.LC_ALL || process.env.LC_MESSAGES || process.env.LANG || '';
  return /^id([_.@-]|$)/.test(locale) ? 'id' : 'en';
}

/** @throws {UserError} when the file cannot be read. */
async function countLines(path: string, shown: string): Promise<number> {
  let lines = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new UserError(`There is no file ${shown}.`);
    if (code === 'EISDIR') throw new UserError(`${shown} is a folder; name the CSV file in it.`);
    if (code === 'EACCES') throw new UserError(`${shown} may not be read by this user.`);
    throw error;
  }
  return lines;
}

function tellFaults({ print }: Terminal, { faults, faultCount }: ReadFile, language: Language): void {
  for (const fault of faults) print(faultLine(fault, language));
  const more = faultCount - faults.length;
  if (more > 0) print({ en: `… and ${more} more.`, id: `… dan ${more} lagi.` }[language]);
  const these = {
    en: faultCount === 1 ? 'this' : `these ${faultCount}`,
    id: faultCount === 1 ? 'ini' : `${faultCount} hal ini`,
  }[language];
  print(
    {
      en: `Nothing was imported: correct ${these} and run it again.`,
      id: `Tidak ada yang dimasukkan: perbaiki ${these} lalu jalankan lagi.`,
    }[language],
  );
}

function faultLine({ line, column, text }: LineFault, language: Language): string {
  const place = { en: 'line', id: 'baris' }[language];
  return `${place} ${line}${column === undefined ? '' : `, ${plain(column)}`}: ${plain(text[language])}`;
}

/** What a file or database holds must not move the cursor or colour the terminal. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '\uFFFD');
}

/** Prints counts in a column, each with what was counted. */
export function tellFigures(
  { print }: Terminal,
  figures: readonly (readonly [count: number, what: Message])[],
  language: Language,
): void {
  for (const [count, what] of figures) print(`  ${String(count).padStart(8)}  ${what[language]}`);
}
