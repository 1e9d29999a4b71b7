import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Config, readConfig } from '#kit/config.ts';
import type { Kit } from '#kit/kit.ts';
import { migrateAll } from '#kit/migrate-all.ts';
import { openKit } from '#kit/open-kit.ts';
import type { Inherited } from '#supervised';

/** Where a command speaks to a person. */
export interface Terminal {
  /** What the command is asked for: standard output. */
  print(line: string): void;
  /** Progress and remarks: standard error. */
  note(line: string): void;
  /** Writes over the current line; undefined where output is not a terminal. */
  readonly redraw: ((line: string) => void) | undefined;
  /** Asks a person for something that is not shown as it is typed; undefined where nobody is there. */
  readonly askSecret?: ((question: string) => Promise<string>) | undefined;
}

/** The process a command runs in. */
export interface Process {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The Node that runs us. */
  readonly execPath: string;
  /** Folder of the installation's code. */
  readonly repository: string;
  /** Aborted when the process is told to stop. */
  readonly signal: AbortSignal;
  /** Sockets that whoever started it holds; undefined where it is to make its own. */
  readonly inherited?: Inherited | undefined;
  readonly terminal: Terminal;
}

/** The version of the code that lies there. */
export function versionOf(repository: string): string {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  return String(version);
}

export interface DataOption {
  readonly data?: string;
}

/** Reads the configuration, with `--data` over NADI_DATA_DIR over the default folder `data`. */
export function configOf(
  process: Process,
  options: DataOption & { readonly port?: string },
  folder = 'data',
): Config {
  const env = {
    ...process.env,
    ...(options.data === undefined ? {} : { NADI_DATA_DIR: resolve(process.cwd, options.data) }),
    ...(options.port === undefined ? {} : { PORT: options.port }),
  };
  return readConfig(env, resolve(process.repository, folder));
}

/** Runs `work` on the installation, joining a server that runs there or starting its database for the while. */
export async function withKit<T>(
  process: Process,
  options: DataOption,
  command: string,
  work: (kit: Kit) => Promise<T>,
  migrated: 'migrated' | 'as it is' = 'migrated',
): Promise<T> {
  const config = { ...configOf(process, options), logLevel: process.env.LOG_LEVEL ?? 'warn' };
  await using open = await openKit(config, { onBusy: 'connect', command: `nadi ${command}` });
  if (migrated === 'migrated') await migrateAll(open.kit);
  return await work(open.kit);
}
