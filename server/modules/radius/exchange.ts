import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { decodeResponse, encodeRequest, type Packet, type RequestOptions } from './packet.ts';

export interface Peer {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

export interface Patience {
  /** How often the request is sent, the first time included. */
  readonly tries: number;
  /** Milliseconds to wait after each. */
  readonly waitMs: number;
}

/**
 * Sends a request and waits for the answer of who knows the secret; resends are the same bytes with the same id, so that
 * the peer knows them for resends. Every exchange has a port of its own. Undefined is silence, also where the port is
 * closed or nobody is there.
 */
export async function exchange(
  peer: Peer,
  request: Pick<RequestOptions, 'code' | 'attributes' | 'messageAuthenticator'>,
  { tries, waitMs }: Patience,
): Promise<Packet | undefined> {
  const place = await lookup(peer.host).catch(() => undefined);
  if (place === undefined) return undefined;
  const bytes = encodeRequest({ ...request, id: randomInt(256), secret: peer.secret });
  const socket = createSocket(place.family === 6 ? 'udp6' : 'udp4');
  const answer = Promise.withResolvers<Packet | undefined>();
  let left = tries;
  const send = () => {
    left -= 1;
    if (left < 0) return answer.resolve(undefined);
    // A network that is away is silence too.
    socket.send(bytes, peer.port, place.address, () => undefined);
    return undefined;
  };
  socket.on('error', () => undefined);
  socket.on('message', (message, from) => {
    if (from.port !== peer.port) return;
    const packet = decodeResponse(message, bytes, peer.secret);
    if (packet !== undefined) answer.resolve(packet);
  });
  send();
  const timer = setInterval(send, waitMs);
  try {
    return await answer.promise;
  } finally {
    clearInterval(timer);
    socket.close();
  }
}
