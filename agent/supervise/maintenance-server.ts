import { once } from 'node:events';
import { createServer } from 'node:http';
import { drain, inheritedFrom, listenOn, standBy } from '#supervised';
import { maintenanceVersion } from './maintenance.ts';

// Tells everybody to come back later: `node maintenance-server.ts`, with sockets as supervisor.ts hands them over.
const inherited = inheritedFrom(process.env, process.pid);
if (inherited?.standByAt === undefined)
  throw new Error('The agent starts this program; it is of no use alone.');

const said = {
  message: 'An update is being installed. Try again in a minute.',
  message_id: 'Pembaruan sedang dipasang. Coba lagi sebentar lagi.',
};
const json = JSON.stringify({ message: said.message, code: 'maintenance' });
const page = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="15"><title>Nadi</title><p lang="id">${said.message_id}</p><p lang="en">${said.message}</p>`;

const servers = [...inherited.sockets.values()].map((descriptor) => ({
  descriptor,
  server: createServer((request, response) => {
    const isPage = request.headers.accept?.includes('text/html') === true;
    response
      .writeHead(503, {
        'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
        'retry-after': '15',
        'cache-control': 'no-store',
      })
      .end(isPage ? page : json);
  }),
}));

const told = new AbortController();
process.once('SIGTERM', () => told.abort());
let idleMs: number | undefined;
const standing = await standBy(inherited.standByAt, {
  version: maintenanceVersion,
  isReady: async () => true,
  async serve() {
    for (const { server, descriptor } of servers) if (!server.listening) await listenOn(server, descriptor);
  },
  drain(wanted) {
    idleMs = wanted;
    told.abort();
  },
});
if (!told.signal.aborted) await once(told.signal, 'abort');
await Promise.all(servers.map(({ server }) => drain(server, idleMs ?? server.keepAliveTimeout)));
await standing[Symbol.asyncDispose]();
process.exit();
