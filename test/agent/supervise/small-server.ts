import { once } from 'node:events';
import { createServer } from 'node:http';
import { drain, inheritedFrom, listenOn, standBy } from '#supervised';

// A server as the agent looks after one: node small-server.ts VERSION [ill|dies|lies]. /hang blocks it for good, /crash ends it.
const [, , version = '', fault = ''] = process.argv;
const inherited = inheritedFrom(process.env, process.pid);
const descriptor = inherited?.sockets.get('http');
if (inherited?.standByAt === undefined || descriptor === undefined) throw new Error('No sockets were given.');
if (fault === 'dies') process.exit(3);

const server = createServer(async (request, response) => {
  if (request.url === '/hang') for (;;);
  if (request.url === '/crash') process.kill(process.pid, 'SIGKILL');
  // Some take a while, so that a switch meets requests in hand.
  if (Math.random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 50));
  response.end(version);
});
let idleMs: number | undefined;
const told = new AbortController();
process.once('SIGTERM', () => told.abort());
await standBy(inherited.standByAt, {
  version: fault === 'lies' ? '0.0.0' : version,
  isReady: async () => fault !== 'ill',
  serve: () => listenOn(server, descriptor),
  drain(wanted) {
    idleMs = wanted;
    told.abort();
  },
});
if (!told.signal.aborted) await once(told.signal, 'abort');
await drain(server, idleMs ?? server.keepAliveTimeout);
process.exit();
