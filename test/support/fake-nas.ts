import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  type Attribute,
  attributeTypes,
  codes,
  decode,
  encodeResponse,
  type Packet,
} from '../../server/modules/radius/packet.ts';

/** What a router does with a request: its answer's code and Error-Cause, or nothing. */
export type Manner = (packet: Packet, bytes: Buffer) => Promise<Answer | undefined> | Answer | undefined;

export interface Answer {
  readonly code: number;
  readonly cause?: number;
  /** Signs with another secret. */
  readonly secret?: string;
}

export interface FakeNas extends AsyncDisposable {
  readonly port: number;
  /** Every packet that came, resends too. */
  readonly heard: readonly Packet[];
  manner: Manner;
}

/** A router's port for CoA and Disconnect on the loopback. */
export async function fakeNas(secret: string, manner: Manner): Promise<FakeNas> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const heard: Packet[] = [];
  const { port } = socket.address() as AddressInfo; // A UDP socket has no other kind of address.
  const nas: FakeNas = {
    port,
    heard,
    manner,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', async (bytes, from) => {
    const packet = decode(bytes);
    if (packet === undefined) return;
    heard.push(packet);
    const answer = await nas.manner(packet, bytes);
    if (answer === undefined) return;
    const cause: readonly Attribute[] =
      answer.cause === undefined
        ? []
        : [
            {
              type: attributeTypes.errorCause,
              value: Buffer.from([0, 0, answer.cause >> 8, answer.cause & 255]),
            },
          ];
    socket.send(encodeResponse(answer.code, bytes, answer.secret ?? secret, cause), from.port, from.address);
  });
  return nas;
}

export const says = {
  silence: () => undefined,
  yes: ({ code }: Packet) => ({ code: code + 1 }),
  no: ({ code }: Packet) => ({ code: code + 2, cause: 501 }),
  unknown: ({ code }: Packet) => ({ code: code + 2, cause: 503 }),
  isCoa: ({ code }: Packet) => code === codes.coaRequest,
};

/** Texts of an attribute in a packet. */
export function textsOf(packet: Packet | undefined, type: number): readonly string[] {
  return (packet?.attributes ?? []).filter((one) => one.type === type).map(({ value }) => value.toString());
}
