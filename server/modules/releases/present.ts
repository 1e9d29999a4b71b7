import type { z } from 'zod';
import type { releaseSchema } from '#contract';
import type { ReleaseRow } from './queries.ts';

type Release = z.input<typeof releaseSchema>;

export function presentRelease({
  sort_key: _,
  manifest_size: __,
  manifest_hash,
  ...row
}: ReleaseRow): Release {
  return {
    ...row,
    // The columns' checks allow just the contract's values, and the contract has checked what went into `components`.
    channel: row.channel as Release['channel'],
    state: row.state as Release['state'],
    components: row.components as Release['components'],
    manifest_sha256: manifest_hash,
    bytes: Number(row.bytes),
  };
}
