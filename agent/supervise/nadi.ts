import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Program } from './program.ts';
import type { Supervised } from './run.ts';

/**
 * How a Nadi that lies at `root` is looked after, by the variables that its server reads (HOST, PORT, ISOLIR_PORT, NADI_DATA_DIR and those of
 * the database): with PostgreSQL, unless it has another one.
 */
export function nadiAt(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Pick<Supervised, 'places' | 'dataDir' | 'program'> {
  const host = env.HOST || '127.0.0.1';
  const dataDir = env.NADI_DATA_DIR || join(root, 'data');
  const hasOther = Boolean(env.DATABASE_URL || env.DB_CONNECTION);
  return {
    places: [
      { name: 'http', host, port: Number(env.PORT || 8080) },
      ...(env.ISOLIR_PORT ? [{ name: 'isolir' as const, host: '::', port: Number(env.ISOLIR_PORT) }] : []),
    ],
    dataDir: hasOther ? undefined : dataDir,
    program: (databaseUrl) => nadiProgram(root, dataDir, databaseUrl),
  };
}

/** The server of a tree, whatever version lies there. */
function nadiProgram(root: string, dataDir: string, databaseUrl: string | undefined): Program {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    version: String(version),
    // It brings the Node that this version is pinned to, and becomes it.
    command: [join(root, 'nadi'), 'up'],
    folder: root,
    environment: {
      NADI_DATA_DIR: dataDir,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
  };
}
