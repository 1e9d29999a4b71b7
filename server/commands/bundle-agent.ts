import { chmodSync, renameSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '#kit/errors.ts';
import { runTool } from '../checks/run-tool.ts';
import { type Process, versionOf } from './context.ts';

/**
 * Writes the agent as one JavaScript file that needs nothing but Node, for servers where no Nadi is. The same code gives the same bytes.
 * @throws {UserError} where it cannot be made, or nothing can be written there
 */
export async function bundleAgent(process: Process, file: string): Promise<void> {
  const { repository, execPath, env, cwd, terminal } = process;
  const target = resolve(cwd, file);
  const fresh = `${target}.new`;
  const head = `// The update agent of Nadi ${versionOf(repository)}. It needs Node 26 or newer: node agent.mjs --help`;
  try {
    const { code, stdout, stderr } = await runTool(
      { repository, execPath, env, print: terminal.print },
      'rolldown/bin/cli.mjs',
      [
        'agent/main.ts',
        ...['--platform', 'node', '--format', 'esm', '--no-codeSplitting'],
        ...['--banner', head, '--file', fresh],
      ],
    );
    if (code !== 0) throw new UserError(`The agent could not be bundled:\n${stdout}${stderr}`.trim());
    chmodSync(fresh, 0o644);
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { force: true });
  }
  terminal.print(`Wrote ${target}. On the other server: node ${file.replace(/^.*\//, '')} --help`);
}
