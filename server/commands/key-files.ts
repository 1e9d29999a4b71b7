import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '#kit/errors.ts';
import {
  canSign,
  type KeyFile,
  KeyFileError,
  makeKeyFile,
  type OfflineRole,
  openKeyFile,
  publicHalfOf,
  readKeyFile,
  type SigningKey,
} from '#release-metadata';
import type { Process } from './context.ts';

/** Makes a key in a file of its own, and its public half in another beside it. */
export async function createKey(
  process: Process,
  file: string,
  options: { role: OfflineRole },
): Promise<void> {
  const passphrase = await newPassphrase(process, options.role);
  const made = refusing(file, () => makeKeyFile(options.role, passphrase));
  const half = `${file}.pub`;
  writeNew(process, file, made.text, 0o600);
  writeNew(process, half, publicHalfOf(made), 0o644);
  process.terminal.print(`Wrote ${file}: a key for ${made.role}, ${made.id}`);
  process.terminal.print(`Wrote ${half}: its public half, for "trust init" and "keys rotate" on the server`);
  process.terminal.note(
    `Keep ${file} and its passphrase on a medium of their own, with a copy elsewhere, and not on the server. Nobody can restore them.`,
  );
}

/** One that is there is never overwritten. */
function writeNew(process: Process, file: string, text: string, mode: number): void {
  try {
    writeFileSync(resolve(process.cwd, file), text, { flag: 'wx', mode, flush: true });
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'EEXIST'
        ? 'it exists already'
        : String(error);
    throw new UserError(`${file} was not written: ${why}.`);
  }
}

/** Tells what the file says of itself; its passphrase is not needed. */
export function showKey(process: Process, file: string, options: { json?: boolean }): void {
  const { role, id, publicKey } = readKey(process, file);
  if (options.json) process.terminal.print(JSON.stringify({ role, id, public: publicKey }));
  else process.terminal.print(`${role}  ${id}  (ed25519 ${publicKey.keyval.public})`);
}

/** What a key file, or its public half, says without a passphrase, and whether it can sign. */
export function readKey(process: Process, file: string): KeyFile & { readonly signs: boolean } {
  const text = textOf(process, file);
  return { ...refusing(file, () => readKeyFile(text)), signs: canSign(text) };
}

/**
 * Opens a key file with the passphrase of the environment, or the one that is typed; undefined where nothing was typed.
 * @throws {UserError} where the passphrase is wrong, or there is nobody to ask.
 */
export async function openKey(process: Process, file: string): Promise<(KeyFile & SigningKey) | undefined> {
  const text = textOf(process, file);
  const { role } = refusing(file, () => readKeyFile(text));
  const passphrase =
    givenPassphrase(process, role) ??
    (await ask(process, `Passphrase of ${file} (${role}; empty: not now): `, role));
  return passphrase === '' ? undefined : refusing(file, () => openKeyFile(text, passphrase));
}

function textOf(process: Process, file: string): string {
  try {
    return readFileSync(resolve(process.cwd, file), 'utf8');
  } catch {
    throw new UserError(`${file} cannot be read.`);
  }
}

async function newPassphrase(process: Process, role: OfflineRole): Promise<string> {
  const given = givenPassphrase(process, role);
  if (given !== undefined) return given;
  const typed = await ask(process, 'Passphrase of the new key: ', role);
  if (typed === '') throw new UserError('No passphrase was typed, and no key was made.');
  if ((await ask(process, 'Once more: ', role)) !== typed)
    throw new UserError('These were two different passphrases.');
  return typed;
}

const variableOf = (role: OfflineRole) => `NADI_${role.toUpperCase()}_PASSPHRASE`;

/** Never an argument: those are shown to everybody on the machine. */
function givenPassphrase({ env }: Process, role: OfflineRole): string | undefined {
  return env[variableOf(role)] ?? env.NADI_KEY_PASSPHRASE;
}

function ask({ terminal }: Process, question: string, role: OfflineRole): Promise<string> {
  if (terminal.askSecret !== undefined) return terminal.askSecret(question);
  throw new UserError(
    `A passphrase is needed, and there is nobody to ask. Run this in a terminal, or set ${variableOf(role)} or NADI_KEY_PASSPHRASE.`,
  );
}

function refusing<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KeyFileError) throw new UserError(`${file}: ${error.message}`);
    throw error;
  }
}
