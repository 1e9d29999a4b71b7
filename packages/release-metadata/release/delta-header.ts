import { z } from 'zod';
import { canonicalJson } from './canonical.ts';
import type { DeltaPlan } from './delta-plan.ts';
import { ReleaseFault } from './fault.ts';
import type { Tree } from './manifest.ts';

/** The first bytes of every delta, which are no text and no other format's. */
const magic = Buffer.from([0x89, 0x4e, 0x41, 0x44, 0x49, 0x44, 0x0d, 0x0a]);
const longestHeader = 4096;

const treeSchema = z.strictObject({
  version: z.string().max(100),
  tree: z.string().regex(/^[0-9a-f]{64}$/),
});
const headerSchema = z.strictObject({
  format: z.literal(1),
  from: treeSchema,
  to: treeSchema,
  /** Of the old contents that serve as dictionary. */
  dictionary_bytes: z.number().int().min(0),
  /** Of the new contents, unpacked. */
  content_bytes: z.number().int().min(0),
});

/** How a delta begins: eight fixed bytes, the length of the JSON in four bytes (big-endian), the JSON. A zstd frame follows. */
export function headerOf(from: Tree, to: Tree, plan: DeltaPlan): Buffer {
  const json = Buffer.from(
    canonicalJson({
      format: 1,
      from: { version: from.version, tree: from.tree },
      to: { version: to.version, tree: to.tree },
      dictionary_bytes: plan.dictionaryBytes,
      content_bytes: plan.contentBytes,
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([magic, length, json]);
}

/**
 * Takes the header off a delta's bytes, and compares it with what the manifests say.
 * @throws {ReleaseFault} if it is no delta, or not from this tree to that one
 */
export async function takeHeader(
  bytes: AsyncIterator<Uint8Array>,
  from: Tree,
  to: Tree,
  plan: DeltaPlan,
): Promise<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  const have = async (count: number) => {
    while (rest.length < count) {
      const { value, done } = await bytes.next();
      if (done === true) throw damaged();
      rest = Buffer.concat([rest, value]);
    }
  };
  await have(magic.length + 4);
  if (!rest.subarray(0, magic.length).equals(magic)) throw damaged();
  const length = rest.readUInt32BE(magic.length);
  if (length > longestHeader) throw damaged();
  const end = magic.length + 4 + length;
  await have(end);
  const header = read(rest.subarray(magic.length + 4, end));
  if (header.from.tree !== from.tree || header.to.tree !== to.tree) throw wrongTrees(header, from, to);
  if (header.dictionary_bytes !== plan.dictionaryBytes || header.content_bytes !== plan.contentBytes)
    throw damaged();
  return rest.subarray(end);
}

function read(json: Buffer): z.output<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(json.toString('utf8')));
  } catch (cause) {
    throw damaged(cause);
  }
}

function wrongTrees(header: z.output<typeof headerSchema>, from: Tree, to: Tree): ReleaseFault {
  const ways = `${header.from.version} → ${header.to.version}`;
  const wanted = `${from.version} → ${to.version}`;
  return new ReleaseFault(undefined, {
    en: `this patch is for ${ways}, not for ${wanted} as it is here. Fetch the right one.`,
    id: `tambalan ini untuk ${ways}, bukan untuk ${wanted} seperti di sini. Ambil yang benar.`,
  });
}

/** A delta that was cut, changed, or is none. */
export function damaged(cause?: unknown): ReleaseFault {
  return new ReleaseFault(
    undefined,
    {
      en: 'the patch is damaged or was cut off on its way. Fetch it again.',
      id: 'tambalannya rusak atau terpotong di jalan. Ambil lagi.',
    },
    { cause },
  );
}
