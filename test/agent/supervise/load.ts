import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Clients that ask all the time, each over a connection that it keeps, and count what they are answered. */
export interface Load {
  readonly answered: ReadonlyMap<string, number>;
  readonly failures: readonly string[];
  /** Resolves once that many more were answered. */
  more(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** `say` tells what counts of an answer, as one text. */
export function loadOf(
  port: number,
  { clients = 8, path = '/', say = (status: number, body: string) => `${status} ${body}` } = {},
): Load {
  const answered = new Map<string, number>();
  const failures: string[] = [];
  let isOn = true;
  let total = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const client = async () => {
    while (isOn) {
      try {
        const what = await get(port, path, agent, say);
        answered.set(what, (answered.get(what) ?? 0) + 1);
        total += 1;
      } catch (error) {
        failures.push(String(error));
        // A server that is not there is not asked a thousand times a second.
        await delay(5);
      }
    }
  };
  const working = Promise.all(Array.from({ length: clients }, client));
  return {
    answered,
    failures,
    async more(count) {
      const enough = total + count;
      while (total < enough) await delay(5);
    },
    async stop() {
      isOn = false;
      await working;
      agent.destroy();
    },
  };
}

/** Asks once, over a connection that is closed after it; gives the answer's body. */
export const ask = (port: number, path = '/'): Promise<string> =>
  get(port, path, new Agent(), (_status, body) => body);

function get(
  port: number,
  path: string,
  agent: Agent,
  say: (status: number, body: string) => string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, agent }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      answer.once('end', () => resolve(say(answer.statusCode ?? 0, body))).once('error', reject);
    });
    asking.once('error', reject).end();
  });
}
