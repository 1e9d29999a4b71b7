import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openClient, type UpdateClient } from '#release-metadata';
import type { Process } from './context.ts';

interface Options {
  readonly metadataDir?: string;
  readonly metadataUrl?: string;
  readonly targetName?: readonly string[];
  readonly targetDir?: string;
  readonly targetBaseUrl?: string;
}

/** A client of The Update Framework as its conformance suite runs one (protocols.md): it ends with 0 or 1, and nothing else. */
export function addTuf(program: Command, process: Process, finish: (code: number) => void): void {
  const tuf = program
    .command('tuf')
    .summary('Look at a repository of signed releases, as its conformance suite does')
    .description(
      'A client of The Update Framework, for its conformance suite and for looking into a repository.',
    )
    .option('--metadata-dir <folder>', 'of trusted metadata, and nothing else')
    .option('--metadata-url <address>', 'where metadata comes from')
    .option('--target-name <name>', 'what to fetch; may be repeated', collect, [])
    .option('--target-dir <folder>', 'where it goes')
    .option('--target-base-url <address>', 'where it comes from');
  const run = async (work: (options: Options) => Promise<void> | void): Promise<void> => {
    try {
      await work(tuf.opts<Options>());
      finish(0);
    } catch (error) {
      process.terminal.note(error instanceof Error ? error.message : String(error));
      finish(1);
    }
  };
  tuf
    .command('init <root>')
    .summary('Trust this root; nothing is fetched')
    .action((root: string) =>
      run((options) => {
        const folder = needed(options.metadataDir, '--metadata-dir');
        const shippedRoot = readFileSync(resolve(process.cwd, root));
        rmSync(join(resolve(process.cwd, folder), 'root.json'), { force: true });
        clientOf(process, { ...options, metadataUrl: nowhere }, shippedRoot);
      }),
    );
  tuf
    .command('refresh')
    .summary('Bring trusted metadata up to date')
    .action(() => run((options) => clientOf(process, options).refresh()));
  tuf
    .command('download')
    .summary('Fetch files that are signed')
    .action(() =>
      run(async (options) => {
        needed(options.targetDir, '--target-dir');
        needed(options.targetBaseUrl, '--target-base-url');
        const client = clientOf(process, options);
        for (const name of options.targetName ?? []) await client.download(name);
      }),
    );
}

const collect = (name: string, before: readonly string[]) => [...before, name];
/** Never asked. */
const nowhere = 'https://localhost/';

function clientOf({ cwd, clock, signal }: Process, options: Options, shippedRoot?: Uint8Array): UpdateClient {
  const metadataDir = resolve(cwd, needed(options.metadataDir, '--metadata-dir'));
  return openClient({
    metadataDir,
    metadataUrl: needed(options.metadataUrl, '--metadata-url'),
    // Where nothing is downloaded, nothing is put there.
    targetDir: resolve(cwd, options.targetDir ?? metadataDir),
    targetUrl: options.targetBaseUrl ?? nowhere,
    ...(shippedRoot === undefined ? {} : { shippedRoot }),
    now: clock.now(),
    signal,
  });
}

function needed(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`${name} is missing.`);
  return value;
}
