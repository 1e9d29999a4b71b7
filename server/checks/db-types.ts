import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#kit/clock.ts';
import { createPool } from '#kit/db.ts';
import { startEmbedded } from '#kit/embedded.ts';
import { UserError } from '#kit/errors.ts';
import { migrate } from '#kit/migrate.ts';
import type { CheckContext } from './context.ts';
import { runTool } from './run-tool.ts';

/** The committed types of the tables, from the repository. */
export const dbTypesFile = 'server/kit/db-types.gen.ts';

/** The text of the types of the tables in the database behind `url`, which is migrated. */
async function generateDbTypes(context: CheckContext, url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nadi-types-'));
  try {
    const file = join(folder, 'db.ts');
    const { code, stdout, stderr } = await runTool(context, 'kysely-codegen/dist/cli/bin.js', [
      ...['--dialect', 'postgres', '--url', url, '--out-file', file],
      ...[
        '--date-parser',
        'string',
        '--type-mapping',
        '{"timestamptz":"string"}',
        '--include-pattern',
        'public.*',
      ],
    ]);
    if (code !== 0) throw new UserError(`The database types could not be made: ${stdout}${stderr}`);
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same, from a database of its own that all migrations of this version made. */
export async function freshDbTypes(context: CheckContext): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'nadi-types-'));
  try {
    const settings = { fsync: 'off' };
    await using postgres = await startEmbedded({
      dataDir,
      onBusy: 'refuse',
      settings,
      command: 'nadi generate',
    });
    const pool = createPool(postgres.url, { max: 1, name: 'generate' });
    try {
      await migrate(pool, systemClock);
    } finally {
      await pool.end();
    }
    return await generateDbTypes(context, postgres.url);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
