import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AgentError } from '../errors.ts';
import { hasCode } from '../tree/inside.ts';

export const controlOf = (folder: string): string => join(folder, 'run', 'control.sock');

/**
 * Asks the agent that looks after the installation, and waits for its answer for as long as it takes; aborting ends what was asked for.
 * @throws {AgentError} not_supervised where there is none, or it ended meanwhile; and what it refuses
 */
export async function askAgent(
  folder: string,
  method: 'GET' | 'POST',
  path: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<unknown> {
  const asking = request({
    socketPath: controlOf(folder),
    method,
    path,
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  let status: number | undefined;
  let said: unknown;
  try {
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    status = answer.statusCode;
    said = JSON.parse(await text(answer));
  } catch (cause) {
    signal?.throwIfAborted();
    const isGone =
      cause instanceof SyntaxError ||
      hasCode(cause, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ECONNABORTED');
    throw isGone ? notSupervised(cause) : cause;
  }
  if (status === 200) return said;
  const { code, message, message_id: inIndonesian } = said as Readonly<Record<string, string>>; // As control.ts refuses.
  const en = message ?? `The agent refused ${path} (${status}).`;
  throw new AgentError(code ?? 'refused', { en, id: inIndonesian ?? en });
}

function notSupervised(cause: unknown): AgentError {
  return new AgentError(
    'not_supervised',
    {
      en: 'No agent looks after this installation now. Start it: systemctl start nadi, or ./nadi agent run.',
      id: 'Tidak ada agen yang menjaga instalasi ini sekarang. Jalankan: systemctl start nadi, atau ./nadi agent run.',
    },
    { cause },
  );
}
