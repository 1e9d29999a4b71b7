import type { IncomingHttpHeaders } from 'node:http';
import type { BlobAnswer } from '#contract';
import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import { answerBlob } from '#kit/http/answer-blob.ts';
import type { Kit } from '#kit/kit.ts';
import { askingOf, type Standing, surroundingsOf } from './check-in.ts';
import { findSeen, noteTaken } from './check-in-queries.ts';
import type { Caller, FleetHooks } from './hooks.ts';
import { mayStillTake } from './offers.ts';
import { OtaRefusal } from './ota-answers.ts';
import { parseVersion } from './version.ts';

/** Spec 1's ZIP, or a delta, which the signed manifest tells whether it was right. */
type Kind = 'zip' | 'delta';
const types: Readonly<Record<Kind, string>> = { zip: 'application/zip', delta: 'application/octet-stream' };

export type Download = (caller: Caller, version: string, headers: IncomingHttpHeaders) => Promise<BlobAnswer>;

/**
 * What leads to the release of the caller's last check, as `patchFor` makes it, while the caller may still take it: what was halted or
 * held meanwhile is not handed out. One range is answered with it (RFC 9110 §14); several, or one whose If-Range no longer fits, with
 * all of it.
 * @throws {AppError} client_disabled, client_suspended, not_offered
 */
export function downloader(
  kit: Kit,
  hooks: FleetHooks,
  patchFor: FleetHooks['patchFor'],
  kind: Kind,
): Download {
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
    const patch = await patchFor(from, version);
    // One made anew with other bytes is not what the check told of.
    if (patch === undefined || (kind === 'zip' && patch.hash !== seen.offered_checksum))
      throw new AppError('not_offered');
    const own = {
      'x-checksum': patch.hash,
      'cache-control': 'private, no-transform',
      'content-type': types[kind],
      'content-disposition': `attachment; filename="patch-${version}.${kind}"`,
    };
    const answer = await answerBlob(headers, patch, own, async (span) => {
      if (!span?.start) await noteTaken(kit.db, caller.installationId, version, instantText(kit.clock.now()));
      return hooks.openBlob(patch.hash, span);
    });
    if (answer === undefined) throw new AppError('not_offered');
    return answer;
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
