import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import { printed } from './client-program.ts';

/** Where systems put the programs of each major version. */
const families = [
  { folder: '/usr/lib/postgresql', below: 'bin' },
  { folder: '/opt/homebrew/opt', below: 'bin' },
  { folder: '/usr/local/opt', below: 'bin' },
  { folder: '/usr', below: 'bin', only: /^pgsql-\d+$/ },
];
const shared = ['/usr/local/bin', '/usr/bin'];

/** Every folder of this machine that may hold programs of PostgreSQL. */
export function programFolders(): readonly string[] {
  const own = families.flatMap(({ folder, below, only = /^(\d+|libpq|postgresql@\d+)$/ }) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => only.test(name))
          .map((name) => join(folder, name, below))
      : [],
  );
  return [...own, ...shared];
}

/**
 * The folder of `pg_dump` and `psql` of the server's major version, or of the next newer there is.
 * @throws {AgentError} tool_missing, which names the package (decisions.md, Updates)
 */
export async function clientFolder(
  major: number,
  folders: readonly string[] = programFolders(),
): Promise<string> {
  const found: { folder: string; version: number }[] = [];
  for (const folder of folders) {
    if (!['pg_dump', 'psql'].every((name) => existsSync(join(folder, name)))) continue;
    const version = await versionOf(join(folder, 'pg_dump'));
    if (version >= major) found.push({ folder, version });
  }
  const [best] = found.sort((one, other) => one.version - other.version);
  if (best !== undefined) return best.folder;
  throw new AgentError('tool_missing', {
    en: `The database is PostgreSQL ${major}, and there is no pg_dump ${major} or newer here to copy it. On Debian or Ubuntu: apt-get install postgresql-client-${major} (from apt.postgresql.org, should the system not have it).`,
    id: `Basis data ini PostgreSQL ${major}, dan di sini tidak ada pg_dump ${major} atau yang lebih baru untuk menyalinnya. Di Debian atau Ubuntu: apt-get install postgresql-client-${major} (dari apt.postgresql.org bila tidak ada di sistem).`,
  });
}

/** 0 where it does not tell. */
async function versionOf(command: string): Promise<number> {
  const program = { command, args: ['--version'], environment: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } };
  const text = await printed(program).catch(() => '');
  return Number(/(\d+)(?:\.\d+)*/.exec(text)?.[1] ?? 0);
}
