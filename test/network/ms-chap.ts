import { createCipheriv, createHash } from 'node:crypto';

/** RFC 1320, for messages shorter than 56 bytes: OpenSSL 3 has it no more. */
function md4(message: Buffer): Buffer {
  const block = Buffer.alloc(64);
  message.copy(block);
  block[message.length] = 0x80;
  block.writeUInt32LE(message.length * 8, 56);
  const x = Array.from({ length: 16 }, (_, index) => block.readUInt32LE(index * 4));
  const start = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const;
  let [a, b, c, d]: [number, number, number, number] = [...start];
  const turn = (value: number, by: number) => ((value << by) | (value >>> (32 - by))) >>> 0;
  const rounds = [
    {
      mix: () => (b & c) | (~b & d),
      add: 0,
      shifts: [3, 7, 11, 19],
      order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    },
    {
      mix: () => (b & c) | (b & d) | (c & d),
      add: 0x5a827999,
      shifts: [3, 5, 9, 13],
      order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    },
    {
      mix: () => b ^ c ^ d,
      add: 0x6ed9eba1,
      shifts: [3, 9, 11, 15],
      order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    },
  ];
  for (const { mix, add, shifts, order } of rounds) {
    for (const [step, word] of order.entries()) {
      const sum = (a + mix() + (x[word] ?? 0) + add) >>> 0;
      [a, b, c, d] = [d, turn(sum, shifts[step % 4] ?? 0), b, c];
    }
  }
  const out = Buffer.alloc(16);
  for (const [index, value] of [a, b, c, d].entries())
    out.writeUInt32LE((value + (start[index] ?? 0)) >>> 0, index * 4);
  return out;
}

/** DES of one block under seven bytes of key. */
function des(key: Buffer, block: Buffer): Buffer {
  const bits = [...key].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const wide = Buffer.from(
    Array.from({ length: 8 }, (_, index) => Number.parseInt(`${bits.slice(index * 7, index * 7 + 7)}0`, 2)),
  );
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([wide, wide, wide]), null).setAutoPadding(
    false,
  );
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

/** The attributes of an MS-CHAPv2 login (RFC 2759 §8, RFC 2548 §2.3), as radclient reads them. */
export function msChap2(
  username: string,
  password: string,
  challenge: Buffer,
  peerChallenge: Buffer,
): readonly string[] {
  const hash = createHash('sha1')
    .update(peerChallenge)
    .update(challenge)
    .update(username)
    .digest()
    .subarray(0, 8);
  const key = Buffer.concat([md4(Buffer.from(password, 'utf16le')), Buffer.alloc(5)]);
  const response = Buffer.concat([0, 7, 14].map((at) => des(key.subarray(at, at + 7), hash)));
  const value = Buffer.concat([Buffer.from([1, 0]), peerChallenge, Buffer.alloc(8), response]);
  return [
    `MS-CHAP-Challenge = 0x${challenge.toString('hex')}`,
    `MS-CHAP2-Response = 0x${value.toString('hex')}`,
  ];
}
