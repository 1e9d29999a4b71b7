import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import { nameInUse } from '../layouts/releases.ts';
import type { Installation } from '../update/installation.ts';
import type { Program } from './program.ts';
import type { Supervised } from './run.ts';
import type { ServedTree } from './serving.ts';

/**
 * How an installation of Nadi is looked after, by the variables that its server reads (HOST, PORT, ISOLIR_PORT, NADI_DATA_DIR and those of
 * the database): with PostgreSQL, unless it has another one.
 * @throws {AgentError} no_nadi, no_current
 */
export function nadiAt(
  installation: Pick<Installation, 'root' | 'layout'>,
  env: Readonly<Record<string, string | undefined>>,
): Pick<Supervised, 'places' | 'dataDir' | 'tree' | 'programOf'> {
  refuseOthers(treeInUse(installation));
  const host = env.HOST || '127.0.0.1';
  const dataDir = dataDirOf(installation, env);
  const hasOther = Boolean(env.DATABASE_URL || env.DB_CONNECTION);
  return {
    places: [
      { name: 'http', host, port: Number(env.PORT || 8080) },
      ...(env.ISOLIR_PORT ? [{ name: 'isolir' as const, host: '::', port: Number(env.ISOLIR_PORT) }] : []),
    ],
    dataDir: hasOther ? undefined : dataDir,
    tree: () => servedTree(treeInUse(installation)),
    programOf: (tree, databaseUrl) => nadiProgram(tree, dataDir, databaseUrl),
  };
}

/** What starts the agent that belongs to the tree in use, whichever that will be. */
export function launcherOf({ root, layout }: Pick<Installation, 'root' | 'layout'>): string {
  return join(root, layout?.is === 'releases' ? 'current' : '', 'nadi');
}

/** A release's own folder, and not `current`: two of them serve at once, and that is swapped below whoever is in it. */
function treeInUse({ root, layout }: Pick<Installation, 'root' | 'layout'>): string {
  return layout?.is === 'releases' ? join(root, 'releases', nameInUse(root)) : root;
}

/** Where its data lies. */
export function dataDirOf(
  { root, layout }: Pick<Installation, 'root' | 'layout'>,
  env: Readonly<Record<string, string | undefined>>,
): string {
  return env.NADI_DATA_DIR || join(root, layout?.is === 'releases' ? 'shared' : '', 'data');
}

function refuseOthers(tree: string): void {
  if (existsSync(join(tree, 'nadi')) && existsSync(join(tree, 'package.json'))) return;
  throw new AgentError('no_nadi', {
    en: `There is no Nadi in ${tree}. Go to the folder that it lies in, or name it: --root FOLDER.`,
    id: `Tidak ada Nadi di ${tree}. Masuk ke folder tempat Nadi berada, atau sebutkan: --root FOLDER.`,
  });
}

/** A tree with what its server will say of itself. */
function servedTree(folder: string): ServedTree {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { version: String(version), folder };
}

function nadiProgram(
  { version, folder }: ServedTree,
  dataDir: string,
  databaseUrl: string | undefined,
): Program {
  return {
    version,
    // It brings the Node that this version is pinned to, and becomes it.
    command: [join(folder, 'nadi'), 'up'],
    folder,
    environment: {
      NADI_DATA_DIR: dataDir,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
  };
}
