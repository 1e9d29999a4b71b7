import { constants, crc32, createDeflateRaw } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  /** Its text in pieces, so that a large one never stands in memory as a whole. */
  readonly pieces: Iterable<string>;
}

/** A ZIP archive (APPNOTE.TXT 6.3) of deflated texts; names are plain ASCII. For less than 4 GB. */
export async function zipOf(entries: readonly ZipEntry[]): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, pieces } of entries) {
    const { body, checksum, length } = await deflated(pieces);
    const path = Buffer.from(name, 'ascii');
    const facts = factsOf({ checksum, packed: body.length, length, path: path.length });
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), facts, path]);
    directory.push(centralRecord(facts, path, offset));
    parts.push(local, body);
    offset += local.length + body.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('504b0506', 0, 'hex');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

/** What the local and the central record have in common, from "version needed" to the lengths of name and extra field. */
function factsOf(file: {
  readonly checksum: number;
  readonly packed: number;
  readonly length: number;
  readonly path: number;
}): Buffer {
  const facts = Buffer.alloc(26);
  facts.writeUInt16LE(20, 0);
  facts.writeUInt16LE(8, 4);
  // 1 January 1980: the same report gives the same bytes.
  facts.writeUInt16LE(0x21, 8);
  facts.writeUInt32LE(file.checksum, 10);
  facts.writeUInt32LE(file.packed, 14);
  facts.writeUInt32LE(file.length, 18);
  facts.writeUInt16LE(file.path, 22);
  return facts;
}

function centralRecord(facts: Buffer, path: Buffer, offset: number): Buffer {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('504b01021400', 'hex'), facts, rest, path]);
}

async function deflated(pieces: Iterable<string>) {
  const stream = createDeflateRaw({ level: constants.Z_DEFAULT_COMPRESSION });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const finished = Promise.withResolvers<void>();
  stream.once('end', finished.resolve);
  stream.once('error', finished.reject);
  let checksum = 0;
  let length = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    checksum = crc32(bytes, checksum);
    length += bytes.length;
    if (!stream.write(bytes)) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
  await finished.promise;
  return { body: Buffer.concat(chunks), checksum, length };
}
