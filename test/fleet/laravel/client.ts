import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const needed = [
  '/usr/bin/php',
  '/usr/share/php/Illuminate/Foundation/Application.php',
  '/usr/share/php/GuzzleHttp/autoload.php',
  '/usr/share/php/Symfony/Component/Filesystem/Filesystem.php',
];

/** Why the client cannot be run, or false. */
export const laravelMissing = needed.every((file) => existsSync(file))
  ? false
  : 'php-cli, php-curl, php-zip, php-laravel-framework, php-symfony-filesystem and php-guzzlehttp-guzzle are not installed';

export interface LaravelClient extends AsyncDisposable {
  /** Runs `php artisan …`; what it printed, to people and to its log. */
  run(...args: string[]): Promise<{ readonly code: number; readonly said: string }>;
  read(path: string): Promise<string | undefined>;
  /** Every file, but those under storage. */
  files(): Promise<readonly string[]>;
  /** What it had artisan do to the application since it was last asked. */
  artisan(): Promise<readonly string[]>;
}

/** A Laravel application with the update client of spec 1 and these files. */
export async function laravelClient(
  files: Readonly<Record<string, string>>,
  env: { readonly OTA_SERVER_URL: string; readonly OTA_AGENT_CODE: string; readonly OTA_LICENSE_KEY: string },
): Promise<LaravelClient> {
  const scratch = await mkdtemp(join(tmpdir(), 'nadi-laravel-'));
  const folder = join(scratch, 'app');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const client = join(scratch, 'client');
  await cp(import.meta.dirname, client, { recursive: true });
  const read = (path: string) => readFile(join(folder, path), 'utf8').catch(() => undefined);
  return {
    read,
    run: (...args) =>
      new Promise((resolve) => {
        const options = { env: { PATH: process.env.PATH, ...env }, maxBuffer: 1e7 };
        execFile('/usr/bin/php', [join(client, 'artisan.php'), folder, ...args], options, (error, out, err) =>
          resolve({ code: typeof error?.code === 'number' ? error.code : 0, said: out + err }),
        );
      }),
    async files() {
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const names = found
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
      return names.filter((name) => !name.startsWith('storage/')).sort();
    },
    async artisan() {
      const done = await read('../artisan.log');
      await rm(join(scratch, 'artisan.log'), { force: true });
      return done?.trim().split('\n') ?? [];
    },
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
  };
}
