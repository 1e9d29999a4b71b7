import { UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { OfflineRole, RoleKeys } from '#release-metadata';
import { initTrust, rotateTrust, showTrust } from '../modules/trust/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';
import { readKey } from './key-files.ts';
import { signWaiting } from './sign.ts';

interface KeyOptions extends DataOption {
  readonly root?: readonly string[];
  readonly targets?: readonly string[];
  readonly director?: readonly string[];
  /** How many must sign, as in root=2. */
  readonly threshold?: readonly string[];
}

/** Makes the first root and targets of these keys, and signs them with those whose passphrase is given. */
export async function initCommand(process: Process, options: KeyOptions): Promise<void> {
  const keys = firstKeys(process, options);
  await withKit(process, options, 'trust init', async (kit) => {
    await initTrust(kit, systemAuthor('nadi trust init'), keys);
    await signWaiting(process, kit, 'metadata', [...(options.root ?? []), ...(options.targets ?? [])]);
  });
}

/** The keys of all three roles, from their files. @throws {UserError} where a role has none. */
export function firstKeys(process: Process, options: KeyOptions): Record<OfflineRole, RoleKeys> {
  const [root, targets, director] = [
    rolesOf(process, options, 'root'),
    rolesOf(process, options, 'targets'),
    rolesOf(process, options, 'director'),
  ];
  if (root === undefined || targets === undefined || director === undefined) {
    throw new UserError(
      'Name the key files of all three: --root FILE, --targets FILE, --director FILE. ./nadi keys create makes them.',
    );
  }
  return { root, targets, director };
}

export interface RotateOptions extends KeyOptions {
  readonly online?: boolean;
  readonly compromised?: boolean;
  readonly key?: readonly string[];
}

/** Puts other keys into root and targets, or the same ones for longer; signs with those that are named. */
export async function rotateCommand(process: Process, options: RotateOptions): Promise<void> {
  const online = options.compromised ? 'compromised' : options.online ? 'new' : undefined;
  const rotation = {
    root: rolesOf(process, options, 'root'),
    targets: rolesOf(process, options, 'targets'),
    director: rolesOf(process, options, 'director'),
    online,
  } as const;
  await withKit(process, options, 'keys rotate', async (kit) => {
    await rotateTrust(kit, systemAuthor('nadi keys rotate'), rotation);
    const files = [...new Set([...(options.key ?? []), ...(options.root ?? []), ...(options.targets ?? [])])];
    await signWaiting(process, kit, 'metadata', files);
  });
}

/** Tells whose signatures count, until when, and what waits. */
export async function statusCommand(
  process: Process,
  options: DataOption & { json?: boolean },
): Promise<void> {
  const state = await withKit(process, options, 'trust status', (kit) => showTrust(kit.db));
  const { terminal } = process;
  if (options.json) return terminal.print(JSON.stringify(state));
  if (state.roles === null) terminal.print('No keys are set up, or their first signatures are missing.');
  for (const role of ['root', 'targets', 'snapshot', 'timestamp'] as const) {
    const live = state[role];
    if (live !== null) terminal.print(`${role}.json  version ${live.version}  until ${live.expires_at}`);
  }
  for (const [role, { keys, threshold }] of Object.entries(state.roles ?? {})) {
    terminal.print(`${role}: ${threshold} of ${keys.length} keys must sign`);
    for (const id of keys) terminal.print(`  ${id}`);
  }
  for (const key of state.online_keys)
    terminal.print(`online: ${key.id}  ${key.compromised ? 'compromised' : key.state}`);
  for (const item of state.waiting) {
    terminal.print(`${item.state}: ${item.role}.json ${item.version}, signed by ${item.signed_by.length}`);
    for (const path of item.adds) terminal.print(`  + ${path}`);
    for (const path of item.removes) terminal.print(`  - ${path}`);
  }
  terminal.print(`${state.documents_waiting} documents wait for the director.`);
}

/** The keys of these files; all of them must sign where no threshold is named. */
function rolesOf(process: Process, options: KeyOptions, role: OfflineRole): RoleKeys | undefined {
  const files = options[role];
  if (files === undefined) return undefined;
  const read = files.map((file) => ({ file, ...readKey(process, file) }));
  const wrong = read.find((key) => key.role !== role);
  if (wrong !== undefined) throw new UserError(`${wrong.file} is a key for ${wrong.role}, not for ${role}.`);
  const keys = [...new Map(read.map((key) => [key.id, key.publicKey])).values()];
  const threshold = thresholdOf(options.threshold ?? [], role) ?? keys.length;
  if (threshold > keys.length)
    throw new UserError(`${threshold} keys of ${role} cannot sign: there are ${keys.length}.`);
  return { keys, threshold };
}

function thresholdOf(given: readonly string[], role: OfflineRole): number | undefined {
  const parsed = given.map((text) => /^(root|targets|director)=([1-9]\d?)$/.exec(text));
  if (parsed.includes(null))
    throw new UserError('Write thresholds like --threshold root=2 targets=1 director=1.');
  const found = parsed.find((match) => match?.[1] === role)?.[2];
  return found === undefined ? undefined : Number(found);
}
