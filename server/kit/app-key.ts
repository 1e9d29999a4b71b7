import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { UserError } from './errors.ts';

/**
 * The installation's key for secrets at rest: APP_KEY, or `app.key` in the data folder, made on first use. Two
 * processes that start together agree on one, because a link never replaces a file.
 * @throws {UserError} when the file is not a key.
 */
export function loadAppKey(configured: Buffer | undefined, dataDir: string): Buffer {
  if (configured !== undefined) return configured;
  const file = join(dataDir, 'app.key');
  const stored = readKey(file);
  if (stored !== undefined) return stored;
  mkdirSync(dataDir, { recursive: true });
  const fresh = join(dataDir, `app.key.${process.pid}`);
  const handle = openSync(fresh, 'w', 0o600);
  try {
    writeSync(handle, `base64:${randomBytes(32).toString('base64')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    linkSync(fresh, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  return readKey(file) ?? loadAppKey(configured, dataDir);
}

function readKey(file: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const key = Buffer.from(text.replace(/^base64:/, ''), 'base64');
  if (key.length !== 32) {
    throw new UserError(
      `${file} does not hold a key. Put back the file from a backup: without it, stored secrets cannot be read.`,
    );
  }
  return key;
}
