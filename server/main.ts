import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { parseEnv } from 'node:util';
import { inheritedFrom } from '#supervised';
import { runCli } from './commands/cli.ts';

// The only place that knows of the process: its arguments, environment, terminal and signals.
const repository = dirname(import.meta.dirname);
const envFile = join(repository, '.env');
const fromFile = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};

const stopping = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    signals += 1;
    // The second one means that the person will not wait for the drain.
    if (signals > 1) process.exit(130);
    stopping.abort();
  });
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read has read enough, as `head` does: the work goes on, and nobody is told of it.
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCli({
  args: process.argv.slice(2),
  env: { ...fromFile, ...process.env },
  cwd: process.cwd(),
  execPath: process.execPath,
  repository,
  signal: stopping.signal,
  inherited: inheritedFrom(process.env, process.pid),
  terminal: {
    print: (line) => process.stdout.write(`${line}\n`),
    note: (line) => process.stderr.write(`${line}\n`),
    redraw: process.stderr.isTTY ? (line) => process.stderr.write(`\r\x1b[K${line}`) : undefined,
    askSecret: process.stdin.isTTY && process.stderr.isTTY ? askSecret : undefined,
  },
});
// Nothing may hold a finished command open; the streams are flushed by then.
if (process.stdout.writableLength === 0 || process.stdout.destroyed) process.exit();
process.stdout.once('drain', () => process.exit());

/** The line editor writes what is typed to a stream that shows nothing. */
async function askSecret(question: string): Promise<string> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const editor = createInterface({ input: process.stdin, output, terminal: true });
  // The terminal is the editor's meanwhile, so it hears of Ctrl-C and not the process.
  editor.once('SIGINT', () => process.exit(130));
  // Not before the terminal has stopped to show what is typed.
  process.stderr.write(question);
  try {
    return await editor.question('');
  } catch (error) {
    // Ctrl-D: nothing is typed.
    if (error instanceof Error && error.name === 'AbortError') return '';
    throw error;
  } finally {
    editor.close();
    process.stderr.write('\n');
  }
}
