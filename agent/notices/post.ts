import type { Sent } from './letter.ts';

const seconds = 10;
const longestAnswer = 64 * 1024;
/** Whoever answers so would answer so again to the same letter; to any letter with the others. */
const refusals = [400, 410, 413, 415, 422];

/** Posts JSON. An address that may be a secret is never told of. `isTaken` looks at the answer to a 2xx. */
export async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  isTaken: (text: string) => boolean = () => true,
): Promise<Sent> {
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': 'nadi-agent', ...headers },
      signal: AbortSignal.any([limit, signal]),
    });
    const text = await startOf(response);
    if (response.ok && isTaken(text)) return { is: 'sent' };
    const is = refusals.includes(response.status) ? 'refused' : 'failed';
    return { is, reason: `HTTP ${response.status}` };
  } catch (error) {
    return { is: 'failed', reason: limit.aborted ? `no answer within ${seconds} seconds` : codeOf(error) };
  }
}

async function startOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    size += piece.length;
    if (size > longestAnswer) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Messages name addresses; codes do not. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'not reached';
}
