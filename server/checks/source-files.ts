import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the repository, by its path from there. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const codeFolders = ['server', 'agent', 'console', 'packages', 'test', 'bench'];

/** The files that read the wall clock: one for the server, one for the agent, which knows nothing of it. */
export const clocks: readonly string[] = ['server/kit/clock.ts', 'agent/clock.ts'];

/** The top folders that hold code, of those that may. */
export function presentFolders(repository: string): readonly string[] {
  return codeFolders.filter((folder) => existsSync(join(repository, folder)));
}

/** Every file of ours with one of these endings, sorted by path. */
export async function sourceFiles(
  repository: string,
  endings: readonly string[],
): Promise<readonly SourceFile[]> {
  const patterns = presentFolders(repository).flatMap((folder) =>
    endings.map((ending) => `${folder}/**/*${ending}`),
  );
  const paths = await Array.fromAsync(
    glob(patterns, { cwd: repository, exclude: (path) => path.includes('node_modules') }),
  );
  return Promise.all(
    paths.sort().map(async (path) => ({ path, text: await readFile(join(repository, path), 'utf8') })),
  );
}

export function isTest(path: string): boolean {
  return /\.test\.ts$|^(test|bench)\//.test(path);
}

export function isGenerated(path: string): boolean {
  return path.endsWith('.gen.ts');
}

/** The lines of a file that match, as `path:line: text`. */
export function matchingLines(
  { path, text }: SourceFile,
  wrong: (line: string) => boolean,
): readonly string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (wrong(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

/** The text with its comments blanked out, line for line. */
export function withoutComments({ path, text }: SourceFile): SourceFile {
  const blank = (comment: string) => comment.replace(/[^\n]/g, '');
  if (path.endsWith('.sql')) return { path, text: text.replace(/--.*$/gm, '') };
  return { path, text: text.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(^|\s)\/\/.*$/gm, '$1') };
}
