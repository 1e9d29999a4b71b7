import type { IncomingHttpHeaders } from 'node:http';
import type { BlobAnswer } from '#contract';
import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { askingOf, type Standing, surroundingsOf } from './check-in.ts';
import { findSeen, noteTaken } from './check-in-queries.ts';
import type { Caller, FleetHooks } from './hooks.ts';
import { mayStillTake } from './offers.ts';
import { OtaRefusal } from './ota-answers.ts';
import { parseVersion } from './version.ts';

export type Download = (caller: Caller, version: string, headers: IncomingHttpHeaders) => Promise<BlobAnswer>;

/**
 * The ZIP of the caller's last check, while it may still take it: what was halted or held meanwhile is not handed out. One range is
 * answered with it (RFC 9110 §14); several, or one whose If-Range no longer fits, with all of it.
 * @throws {AppError} client_disabled, client_suspended, not_offered
 */
export function downloader(kit: Kit, hooks: FleetHooks): Download {
  const surroundings = surroundingsOf(kit, hooks);
  return async (caller, asked, headers) => {
    const seen = await findSeen(kit.db, caller.installationId);
    if (seen?.disabled || caller.status === 'revoked')
      throw new OtaRefusal('client_disabled', { disabled: true }, seen?.server_message);
    if (seen?.suspended) throw new OtaRefusal('client_suspended', { suspended: true }, seen.server_message);
    const { offered_version: version, offered_from: from } = seen ?? {};
    if (!seen || version == null || from == null || version !== asked) throw new AppError('not_offered');
    const around = await surroundings();
    if (!isAllowed(caller, { seen, ...around, documents: [] }, from, version))
      throw new AppError('not_offered');
    const patch = await hooks.patchFor(from, version);
    // One made anew with other bytes is not what the check told of.
    if (patch === undefined || patch.hash !== seen.offered_checksum) throw new AppError('not_offered');
    const common = {
      'x-checksum': patch.hash,
      etag: `"${patch.hash}"`,
      'accept-ranges': 'bytes',
      'cache-control': 'private, no-transform',
    };
    if (headers['if-none-match']?.includes(common.etag)) return { status: 304, headers: common };
    const span = rangeOf(headers, patch.size, common.etag);
    if (span === 'outside')
      return {
        status: 416,
        headers: { ...common, 'content-range': `bytes */${patch.size}` },
      };
    const { start, end } = span ?? { start: 0, end: patch.size - 1 };
    const stream = await hooks.openBlob(patch.hash, { start, end });
    if (stream === undefined) throw new AppError('not_offered');
    if (start === 0) await noteTaken(kit.db, caller.installationId, version, instantText(kit.clock.now()));
    return {
      status: span === undefined ? 200 : 206,
      stream,
      headers: {
        ...common,
        'content-type': 'application/zip',
        'content-length': String(end - start + 1),
        'content-disposition': `attachment; filename="patch-${version}.zip"`,
        ...(span === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${patch.size}` }),
      },
    };
  };
}

/** Judged from where it was when it was offered: an update that is half done may have told a heartbeat of the new version. */
function isAllowed(
  caller: Caller,
  { seen, shelf, moment }: Standing,
  from: string,
  version: string,
): boolean {
  const current = parseVersion(from);
  return current !== undefined && mayStillTake(askingOf(caller, current, seen), shelf, moment, version);
}

/** The one range that is asked for; undefined where all of it is to be answered. */
function rangeOf(
  { range, 'if-range': ifRange }: IncomingHttpHeaders,
  size: number,
  etag: string,
): { start: number; end: number } | 'outside' | undefined {
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const [found, first = '', last = ''] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(range) ?? [];
  if (found === undefined || (first === '' && last === '')) return undefined;
  if (first === '')
    return last === '0' ? 'outside' : { start: Math.max(0, size - Number(last)), end: size - 1 };
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  // A range that ends before it begins is no range, and is passed over.
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'outside' : { start, end };
}
