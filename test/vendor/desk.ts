import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCli } from '../../server/commands/cli.ts';
import { testDatabase } from '../support/database.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

export const passphrase = 'empat kata yang mudah';

export interface Desk extends AsyncDisposable {
  readonly folder: string;
  readonly nadi: TestApp;
  /** Runs a command at the server, as a script would; `typed` is what a person types when asked. */
  run(
    args: readonly string[],
    env?: Record<string, string>,
    typed?: string[],
  ): Promise<{ code: number; told: string }>;
}

/** A vendor's server, and somebody at it who runs commands. */
export async function desk(): Promise<Desk> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await testDatabase());
  const nadi = stack.use(
    await testApp({ databaseUrl: database.url, now: Temporal.Now.instant().toString() }),
  );
  const folder = await mkdtemp(join(tmpdir(), 'nadi-keys-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const owned = stack.move();
  return {
    folder,
    nadi,
    async run(args, env = { NADI_KEY_PASSPHRASE: passphrase }, typed) {
      const told: string[] = [];
      const say = (line: string) => void told.push(line);
      const askSecret = async (question: string) => {
        told.push(question);
        return typed?.shift() ?? '';
      };
      const code = await runCli({
        args,
        env: {
          DATABASE_URL: database.url,
          APP_ENV: 'testing',
          LOG_LEVEL: 'fatal',
          APP_KEY: `base64:${Buffer.alloc(32, 7).toString('base64')}`,
          NADI_DATA_DIR: folder,
          ...env,
        },
        cwd: folder,
        execPath: process.execPath,
        repository: dirname(dirname(import.meta.dirname)),
        signal: new AbortController().signal,
        terminal: {
          print: say,
          note: say,
          redraw: undefined,
          ...(typed === undefined ? {} : { askSecret }),
        },
      });
      return { code, told: told.join('\n') };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Makes a key of each role and sets them up. */
export async function setUpKeys(at: Desk): Promise<void> {
  for (const role of ['root', 'targets', 'director'])
    await at.run(['keys', 'create', '--role', role, `${role}.key`]);
  const files = ['--root', 'root.key', '--targets', 'targets.key', '--director', 'director.key'];
  const { code, told } = await at.run(['trust', 'init', ...files]);
  if (code !== 0) throw new Error(told);
}
