import { spawnSync } from 'node:child_process';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';
import { PostgresFault } from './postgres-fault.ts';

/** The account that the server runs as when Nadi itself runs as root, which PostgreSQL refuses. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** How to start a program under an identity. */
export interface Launcher {
  readonly prefix: readonly string[];
  readonly account: { readonly uid?: number; readonly gid?: number };
}

/** The user "nobody" of every Linux distribution; initdb needs one that has a name. */
const nobody: Identity = { uid: 65_534, gid: 65_534 };

/** Bits of capabilities(7). */
const capabilityBits = { dac_override: 1n, dac_read_search: 2n } as const;
type Capability = keyof typeof capabilityBits;

/**
 * Whom the server runs as: undefined means ourselves, as an ordinary user.
 * As root it is the owner of an existing cluster, otherwise "nobody".
 * @throws {PostgresFault} for an ordinary user in front of someone else's cluster, and for root on macOS.
 */
export async function serverIdentity(clusterDir: string): Promise<Identity | undefined> {
  const me = process.getuid?.() ?? 0;
  const owner = await ownerOf(clusterDir);
  if (me !== 0) {
    if (owner === undefined || owner.uid === me) return undefined;
    throw new PostgresFault(
      `${clusterDir} belongs to the user with uid ${owner.uid}, and you are ${me}. ` +
        'Start Nadi as root or as the user who started it first, or choose another folder with --data.',
    );
  }
  if (process.platform !== 'linux') {
    throw new PostgresFault('PostgreSQL does not run as root. Start Nadi as an ordinary user.');
  }
  return owner === undefined || owner.uid === 0 ? nobody : owner;
}

async function ownerOf(path: string): Promise<Identity | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Prepares to start `programs` as `identity`, working in `folders`. Where that account cannot reach them (a clone
 * under /root or in a `mktemp -d`), it is given the capability to pass closed folders, and nothing more.
 * @throws {PostgresFault} naming the folder, when this machine cannot do that.
 */
export async function launcherFor(
  identity: Identity | undefined,
  programs: readonly string[],
  folders: readonly string[],
): Promise<Launcher> {
  if (identity === undefined) return { prefix: [], account: {} };
  const closedProgram = await firstClosed(programs, identity);
  const closed = closedProgram ?? (await firstClosed(folders, identity));
  if (closed === undefined) return { prefix: [], account: { uid: identity.uid, gid: identity.gid } };
  // CAP_DAC_READ_SEARCH opens folders but does not make a file executable.
  const wanted: readonly Capability[] = programs.includes(closed)
    ? ['dac_override']
    : ['dac_read_search', 'dac_override'];
  const held = await heldCapabilities();
  for (const capability of wanted) {
    const prefix = setpriv(identity, capability);
    if ((held & (1n << capabilityBits[capability])) !== 0n && works(prefix)) return { prefix, account: {} };
  }
  throw new PostgresFault(
    `PostgreSQL does not run as root, and the account it runs as instead (uid ${identity.uid}) cannot enter ` +
      `${closed}. Open it with "chmod a+x '${closed}'", move Nadi and its data (--data) to an open folder, ` +
      'start Nadi as an ordinary user, or install the setpriv of util-linux and allow CAP_DAC_READ_SEARCH.',
  );
}

/** The first folder on the way to any of `paths`, or the path itself, that `identity` may not enter or execute. */
async function firstClosed(paths: readonly string[], identity: Identity): Promise<string | undefined> {
  for (const path of paths) {
    for (const step of stepsTo(await realpath(path))) {
      const { mode, uid, gid } = await stat(step);
      const bit = uid === identity.uid ? 0o100 : gid === identity.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return step;
    }
  }
  return undefined;
}

function stepsTo(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...stepsTo(parent), path];
}

async function heldCapabilities(): Promise<bigint> {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1];
  return BigInt(`0x${line ?? '0'}`);
}

function setpriv(identity: Identity, capability: Capability): readonly string[] {
  return [
    'setpriv',
    `--reuid=${identity.uid}`,
    `--regid=${identity.gid}`,
    '--clear-groups',
    // Without it access(2), by which PostgreSQL looks for its own programs, ignores capabilities.
    '--securebits=+no_setuid_fixup',
    `--bounding-set=-all,+${capability}`,
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
    '--',
  ];
}

function works(prefix: readonly string[]): boolean {
  const [command = '', ...args] = prefix;
  return (
    spawnSync(command, [...args, 'true'], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } }).status === 0
  );
}
