import { createInterface } from 'node:readline/promises';
import { runCli } from './cli/run-cli.ts';
import { systemClock } from './clock.ts';
import { AgentError } from './errors.ts';

// The only place of the agent that knows of the process: its arguments, environment, terminal and signals.
const stopping = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    signals += 1;
    // The second one means that the person will not wait; what is half done is undone or finished on the next start.
    if (signals > 1) process.exit(130);
    stopping.abort(
      new AgentError('stopped', {
        en: 'The agent was told to stop. What was half done is undone; run the command again to go on.',
        id: 'Agen diminta berhenti. Yang setengah jalan dikembalikan; jalankan perintahnya lagi untuk melanjutkan.',
      }),
    );
  });
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await runCli({
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  clock: systemClock,
  signal: stopping.signal,
  pid: process.pid,
  stdin: process.stdin,
  terminal: {
    print: (line) => process.stdout.write(`${line}\n`),
    note: (line) => process.stderr.write(`${line}\n`),
    redraw: process.stderr.isTTY ? (line) => process.stderr.write(`\r\x1b[K${line}`) : undefined,
    ask: process.stdin.isTTY && process.stderr.isTTY ? ask : undefined,
  },
});

// Nothing may hold a finished command open, such as an input that goes on; the streams are flushed by then.
if (process.stdout.writableLength === 0 || process.stdout.destroyed) process.exit();
process.stdout.once('drain', () => process.exit());

async function ask(question: string): Promise<string> {
  const editor = createInterface({ input: process.stdin, output: process.stderr });
  editor.once('SIGINT', () => process.exit(130));
  try {
    return await editor.question(question);
  } finally {
    editor.close();
  }
}
