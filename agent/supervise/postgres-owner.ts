import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PostgresOwner } from '../databases/embedded.ts';
import { AgentError } from '../errors.ts';
import { hasCode } from '../tree/inside.ts';

/**
 * The agent that looks after an installation, asked over its control socket. Where none runs there is nobody to ask: the lock of the data
 * folder tells whether another process has it.
 * @param folder of the agent
 */
export function postgresOwnerAt(folder: string): PostgresOwner {
  const socketPath = join(folder, 'run', 'control.sock');
  return {
    stop: () => ask(socketPath, '/postgres/stop'),
    start: () => ask(socketPath, '/postgres/start'),
  };
}

/** @throws {AgentError} what it refuses */
async function ask(socketPath: string, path: string): Promise<void> {
  const asking = request({ socketPath, method: 'POST', path, agent: false });
  asking.end();
  try {
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    const said = await text(answer);
    if (answer.statusCode !== 200) throw refusal(said);
  } catch (error) {
    // Also one that just ends: what it ran goes on, and is found by the next.
    if (!hasCode(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) throw error;
  }
}

function refusal(said: string): AgentError {
  const told: unknown = JSON.parse(said);
  const word = (name: string) => {
    const is: unknown = typeof told === 'object' && told !== null ? Reflect.get(told, name) : undefined;
    return typeof is === 'string' ? is : '';
  };
  return new AgentError(word('code'), {
    en: `The agent that runs the database: ${word('message') || word('code')}`,
    id: `Agen yang menjalankan basis data: ${word('message_id') || word('code')}`,
  });
}
