import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { lockPlaces } from '../installation-queries.ts';
import { type LicenseRow, lockLicenseByKey } from '../license-queries.ts';
import { placeOf } from '../rules.ts';
import { keyHashOf, refuseSkew, requireVersion, requireWorking } from './checks.ts';
import type { CountFailure } from './failures.ts';
import { type IssuingParts, issueToken } from './issue-token.ts';
import { type MovingParts, moveTo } from './move-to.ts';
import { type Asking, machineOf, type Paired, settle } from './settle.ts';
import { alreadyPaired, mismatch } from './where.ts';

/** What the wire needs. */
export interface PairingParts extends IssuingParts, MovingParts {
  readonly countFailure: CountFailure;
}

/**
 * Pairs a machine with the license of its key. The same machine gets its installation back, with a new token and secret, however often it
 * asks; another is told where the license lives.
 * @throws {AppError} of the license wire
 */
export async function pair(parts: PairingParts, call: Call, asking: Asking) {
  const paired = await withLicense(parts, call, asking, async (tx, license) => {
    const place = placeOf(await lockPlaces(tx, license.id), machineOf(asking), license.max_nodes);
    if (place.kind === 'mismatch') throw mismatch(place.place);
    if (place.kind === 'full') throw alreadyPaired(license, place.paired);
    if (place.kind === 'instead')
      return moveTo(parts, tx, call, license, asking, place.place, 'Unpaired before');
    return settle(parts.kit, tx, call, license, asking, place.kind === 'again' ? place.place : undefined);
  });
  return answerOf(parts, paired);
}

/** The checks that all have in common who come with a key; `work` is done while the license is held, so of two one comes after the other. */
export async function withLicense(
  { kit, countFailure }: PairingParts,
  call: Call,
  asking: Asking,
  work: (tx: Tx, license: LicenseRow) => Promise<Paired>,
): Promise<Paired> {
  refuseSkew(kit.clock.now(), asking.client_time, call.headers);
  const keyHash = keyHashOf(asking.license_key);
  const paired = await inTransaction(kit.db, async (tx) => {
    const license = await lockLicenseByKey(tx, keyHash, instantText(kit.clock.now()));
    if (!license) return undefined;
    requireWorking(license);
    requireVersion(license, asking.app_version);
    return work(tx, license);
  });
  if (paired === undefined) throw countFailure(call.ip, new AppError('license_key_not_found'), keyHash);
  return paired;
}

/** What a machine is answered that was paired. */
export async function answerOf(parts: PairingParts, { license, installation, secret }: Paired) {
  const { issued } = await issueToken(parts, license, installation, requireWorking(license));
  return {
    status: 'paired' as const,
    ...issued,
    grace_days: 30 as const,
    agent_code: installation.agent_code,
    installation_secret: secret,
  };
}
