import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { getuid } from 'node:process';
import { promisify } from 'node:util';
import type { Process } from './context.ts';

const run = promisify(execFile);

/** Debian packages that tests use, by a file of theirs. Where one is missing its tests are skipped, and say so. */
const packages: Readonly<Record<string, string>> = {
  'postgresql-15': '/usr/lib/postgresql/15/bin/postgres',
  'mariadb-server': '/usr/sbin/mariadbd',
  freeradius: '/usr/sbin/freeradius',
  'freeradius-postgresql': '/usr/lib/freeradius/rlm_sql_postgresql.so',
  'freeradius-utils': '/usr/bin/radclient',
  'python3-librouteros': '/usr/lib/python3/dist-packages/librouteros',
  'php-cli': '/usr/bin/php',
  'php-curl': '/var/lib/dpkg/info/php-curl.list',
  'php-zip': '/var/lib/dpkg/info/php-zip.list',
  'php-laravel-framework': '/usr/share/php/Illuminate/Foundation/Application.php',
  'php-symfony-filesystem': '/usr/share/php/Symfony/Component/Filesystem/Filesystem.php',
  'php-guzzlehttp-guzzle': '/usr/share/php/GuzzleHttp/autoload.php',
};

/**
 * Installs what is missing of them where that may be done, which is as root on Debian; tells in one line what is not there
 * in the end. Their services are of no use here: tests start servers of their own.
 */
export async function bringPackages({ terminal, env, signal }: Process): Promise<void> {
  const missing = () => Object.keys(packages).filter((name) => !existsSync(packages[name] ?? ''));
  if (missing().length > 0 && getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    terminal.note(`Installing ${missing().join(', ')} for the tests …`);
    const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, signal };
    try {
      await run('apt-get', ['update', '-qq'], options);
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing()], options);
    } catch {
      // Said below by what is missing.
    }
  }
  if (missing().length > 0)
    terminal.note(`Not run, because it is not installed: tests with ${missing().join(', ')}.`);
}
