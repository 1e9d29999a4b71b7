import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { UserError } from '#kit/errors.ts';
import type { CheckContext } from './context.ts';

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program of a development package in the repository, given as its path under node_modules.
 * @throws {UserError} where it is not installed, as in a release.
 */
export async function runTool(
  context: CheckContext,
  program: string,
  args: readonly string[],
): Promise<ToolResult> {
  const path = join(context.repository, 'node_modules', program);
  if (!existsSync(path)) {
    throw new UserError(
      `${program} is not installed. Checks need the development packages: use a clone, not a release.`,
    );
  }
  const child = spawn(context.execPath, [path, ...args], {
    cwd: context.repository,
    env: { ...context.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.withResolvers<number>();
  child.once('error', ended.reject);
  child.once('close', (code) => ended.resolve(code ?? 1));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended.promise]);
  return { code, stdout, stderr };
}

/** A check that is a program's own verdict: nothing if it ends with 0, else all that it printed. */
export async function verdict(
  context: CheckContext,
  program: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const { code, stdout, stderr } = await runTool(context, program, args);
  return code === 0 ? [] : [`${stdout}${stderr}`.trim() || `${program} ended with ${code}`];
}
