import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { systemClock } from '#kit/clock.ts';
import { UserError } from '#kit/errors.ts';
import { type Backups, createBackup, verifyBackup } from '../agent/backups/backups.ts';
import { folderVault } from '../agent/backups/folder-vault.ts';
import { stageRestore } from '../agent/backups/stage-restore.ts';
import { postgresDatabase } from '../agent/databases/postgres.ts';
import { openState } from '../agent/state/open-state.ts';
import { postgres15Missing, startPostgres15 } from '../test/support/postgres-15.ts';
import { timed, watchMemory } from './support.ts';

/** At a million: 1 GB in the database, 4 GB in files. */
const rowsOfEach = 8;
const rowsOfFile = 500;
const fileBytes = 2 << 20;
const run = promisify(execFile);
const never = new AbortController().signal;

/** A backup of 5 GB, the next after a small change, its proof and its restore; against restic on the same tree for the files. */
export async function benchBackup(rows: number, print: (line: string) => void): Promise<boolean> {
  if (postgres15Missing !== false) throw new UserError(postgres15Missing);
  if (!existsSync('/usr/bin/restic'))
    throw new UserError('restic is not there; on Debian: apt-get install restic');
  const root = await mkdtemp(join(tmpdir(), 'nadi-bench-backup-'));
  const memory = watchMemory();
  try {
    await using server = await startPostgres15();
    const tree = join(root, 'tree');
    const files = Math.ceil(rows / rowsOfFile);
    await makeTree(tree, files);
    await ask(
      server.url,
      `create table payments as select n as id, md5(n::text) as code, md5((n * 7)::text) as note, n * 1000::bigint as amount from generate_series(1, ${rows * rowsOfEach}) n`,
    );
    using state = openState(join(root, 'agent'));
    const vault = join(root, 'vault');
    const database = postgresDatabase('app', server.url);
    const around: Backups = {
      db: state.db,
      clock: systemClock,
      vault: folderVault(vault),
      root: tree,
      excluded: [],
      databases: [database],
      scratch: join(root, 'scratch'),
    };
    const take = () => createBackup(around, { type: 'full', version: '1.0.0' }, never);
    const report = async (name: string, work: () => Promise<unknown>) => {
      const before = await bytesIn(vault);
      const seconds = (await timed(work)) / 1000;
      print(
        `${name.padEnd(28)} ${seconds.toFixed(1).padStart(7)} s  ${mb((await bytesIn(vault)) - before)} written`,
      );
    };
    print(
      `${mb(await bytesIn(tree))} in ${files} files, and ${rows * rowsOfEach} rows in PostgreSQL; ${load()}`,
    );
    await report('first backup, with its proof', take);
    await change(tree);
    await ask(server.url, `update payments set note = 'berubah' where id % 10000 = 0`);
    await report('next backup, with its proof', take);
    await report('verify', () => verifyBackup(around, 2, never));
    await ask(server.url, 'truncate payments');
    await rm(tree, { recursive: true });
    await mkdir(tree);
    await report('restore, files staged', async () => {
      const stage = join(root, 'stage');
      await stageRestore(around, 2, 'full', { stage, previous: '1.0.0', skipsCopies: true }, never);
      await database.restore(join(stage, 'databases', 'app'));
    });
    print(`memory: ${memory.peak()} MB at most`);
    await rm(join(root, 'stage'), { recursive: true });
    await makeTree(tree, files);
    await againstRestic(around, tree, root, print);
    return true;
  } finally {
    memory.stop();
    await rm(root, { recursive: true, force: true });
  }
}

const load = () => `load ${loadavg()[0]?.toFixed(1)}`;

/** The files alone; restic neither copies databases nor proves. */
async function againstRestic(
  around: Backups,
  tree: string,
  root: string,
  print: (line: string) => void,
): Promise<void> {
  const repository = join(root, 'restic');
  const env = { PATH: '/usr/bin:/bin', HOME: root, RESTIC_PASSWORD: 'bench', RESTIC_REPOSITORY: repository };
  const restic = (...args: string[]) =>
    run('/usr/bin/restic', ['--quiet', ...args], { env, maxBuffer: 1 << 26 });
  await restic('init');
  const vault = join(root, 'files-vault');
  const ours = { ...around, vault: folderVault(vault), scratch: join(root, 'files-scratch') };
  let id = 0;
  const compare = async (
    name: string,
    mine: () => Promise<unknown>,
    theirs: () => Promise<unknown>,
  ): Promise<void> => {
    const [us, them] = [await timed(mine), await timed(theirs)];
    const bytes = (await bytesIn(vault)) / (await bytesIn(repository));
    print(
      `files, ${name.padEnd(14)} ${(us / 1000).toFixed(1).padStart(7)} s against restic's ${(them / 1000).toFixed(1)} s (${(us / them).toFixed(2)} ×), ${bytes.toFixed(2)} × its bytes; ${load()}`,
    );
  };
  const back = async () => {
    id = await createBackup(ours, { type: 'files_only', version: '1.0.0' }, never);
  };
  // Our backup reads all of it back; so does this.
  const theirs = () => restic('backup', tree).then(() => restic('check', '--read-data'));
  await compare('first, proven', back, theirs);
  await change(tree);
  await compare('next, proven', back, theirs);
  await compare(
    'verify',
    () => verifyBackup(ours, id, never),
    () => restic('check', '--read-data'),
  );
  const empty = join(root, 'empty');
  await mkdir(empty);
  const place = { stage: join(root, 'files-stage'), previous: '1.0.0', skipsCopies: false };
  await compare(
    'restore',
    () => stageRestore({ ...ours, root: empty }, id, 'files', place, never),
    () => restic('restore', 'latest', '--target', join(root, 'theirs')),
  );
}

async function makeTree(tree: string, files: number): Promise<void> {
  // Half of it can be compressed, as an application's files and uploads together.
  for (let n = 0; n < files; n += 1) {
    const folder = join(tree, String(n % 50));
    await mkdir(folder, { recursive: true });
    const bytes = Buffer.alloc(fileBytes, `baris ${n}\n`);
    randomFillSync(bytes, 0, fileBytes / 2);
    await writeFile(join(folder, `${n}`), bytes);
  }
}

async function change(tree: string): Promise<void> {
  for (let n = 0; n < 20; n += 1) await appendFile(join(tree, String(n), String(n)), 'sebaris lagi\n');
  await writeFile(
    join(tree, '0', '0'),
    Buffer.concat([Buffer.from('di depan'), await readFile(join(tree, '0', '0'))]),
  );
}

async function bytesIn(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  let sum = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size;
  return sum;
}

const mb = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MB`;

async function ask(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
