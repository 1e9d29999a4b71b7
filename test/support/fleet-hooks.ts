import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Kit } from '#kit/kit.ts';
import { vendorHooks } from '../../server/editions/vendor.ts';
import type { FleetHooks, Patch } from '../../server/modules/fleet/index.ts';

/** The fleet's hooks as the edition has them, but for patches, which are made-up bytes that tell where they lead. */
export function standInHooks(kit: Kit): FleetHooks {
  const blobs = new Map<string, Buffer>();
  const patchFor = async (from: string, to: string): Promise<Patch> => {
    const bytes = Buffer.from(`${from} → ${to}\n`.repeat(4000));
    const hash = createHash('sha256').update(bytes).digest('hex');
    blobs.set(hash, bytes);
    return { hash, size: bytes.length, changes: [{ action: 'update', path: 'app/Kernel.php' }] };
  };
  return {
    ...vendorHooks(kit).fleet,
    patchFor,
    deltaFor: patchFor,
    async openBlob(hash, span) {
      const bytes = blobs.get(hash);
      return bytes && Readable.from([span === undefined ? bytes : bytes.subarray(span.start, span.end + 1)]);
    },
  };
}
