import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { UserError } from '#kit/errors.ts';
import { runTool } from '../checks/run-tool.ts';
import { type Process, versionOf } from './context.ts';

/**
 * Writes the agent as one JavaScript file that needs nothing but Node, for servers where no Nadi is; the licenses of the packages in it
 * stand at its end. The same code gives the same bytes.
 * @throws {UserError} where it cannot be made or written
 */
export async function bundleAgent(process: Process, file: string): Promise<void> {
  const { repository, cwd, terminal } = process;
  const target = resolve(cwd, file);
  const folder = mkdtempSync(join(tmpdir(), 'nadi-bundle-'));
  try {
    const code = await bundled(process, join(folder, 'agent.mjs'));
    const { sources } = JSON.parse(readFileSync(join(folder, 'agent.mjs.map'), 'utf8')) as {
      sources: string[];
    }; // Of the bundler.
    const licenses = packagesOf(sources).map((name) =>
      licenseOf(join(repository, 'node_modules', name), name),
    );
    write(target, [code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'), ...licenses].join('\n'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  terminal.print(`Wrote ${target}. On the other server: node ${file.replace(/^.*\//, '')} --help`);
}

/** Whole or not at all. */
function write(target: string, text: string): void {
  try {
    writeFileSync(`${target}.new`, text);
    renameSync(`${target}.new`, target);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${target} cannot be written: ${why}`, { cause });
  }
}

async function bundled({ repository, execPath, env, terminal }: Process, file: string): Promise<string> {
  const head = `// The update agent of Nadi ${versionOf(repository)}. It needs Node 26 or newer: node agent.mjs --help`;
  const { code, stdout, stderr } = await runTool(
    { repository, execPath, env, print: terminal.print },
    'rolldown/bin/cli.mjs',
    [
      'agent/main.ts',
      ...['--platform', 'node', '--format', 'esm', '--no-codeSplitting', '--sourcemap'],
      ...['--banner', head, '--file', file],
    ],
  );
  if (code !== 0) throw new UserError(`The agent could not be bundled:\n${stdout}${stderr}`.trim());
  return readFileSync(file, 'utf8');
}

function packagesOf(sources: readonly string[]): readonly string[] {
  const names = sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
  return [...new Set(names)].sort();
}

function licenseOf(folder: string, name: string): string {
  const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each));
  const { license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const text = file === undefined ? String(license) : readFileSync(join(folder, file), 'utf8').trim();
  return `/*\n${name}\n\n${text.replaceAll('*/', '* /')}\n*/`;
}
