import type { Clock } from '#kit/clock.ts';
import { sha256Hex } from '#kit/crypto.ts';
import { AppError } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { type LicenseClaims, verifyToken } from '#license-token';
import type { InstallationRow } from '../installation-queries.ts';
import type { PairingParts } from './pair.ts';

/** Who a request says it comes from. */
export interface Asker {
  readonly claims: LicenseClaims;
  /** Where the key of the token says nothing: the hash of the secret that was shown beside it, which has to be the installation's. */
  readonly secretHash?: string | undefined;
}

/**
 * What the bearer token says, if it was signed by a key of ours, however long ago. One by a key that others may have says who asks only
 * together with the installation's secret.
 * @throws {AppError} license_token_invalid, license_rate_limited
 */
export async function whoAsks(
  { kit, signer, countFailure }: PairingParts,
  call: Call,
  secret: string | undefined,
): Promise<Asker> {
  const token = /^Bearer (\S{1,8000})$/i.exec(call.headers.authorization ?? '')?.[1];
  if (token === undefined) throw countFailure(call.ip, new AppError('license_token_invalid'));
  const at = kit.clock.now();
  const [stolen, own] = partition(await signer.keys(kit.db), ({ standing }) => standing === 'compromised');
  const { claims } = await verifyToken(token, { keys: own, at });
  if (claims !== undefined) return { claims };
  const { claims: said } = await verifyToken(token, { keys: stolen, at });
  if (said === undefined) throw countFailure(call.ip, new AppError('license_token_invalid'));
  if (secret === undefined) throw keyGone();
  return { claims: said, secretHash: sha256Hex(secret) };
}

/**
 * That the installation is the one that asks, as far as the secret and the clock say.
 * @throws {AppError} license_token_invalid, license_rate_limited
 */
export function requireAsker(
  { countFailure }: PairingParts,
  call: Call,
  { claims, secretHash }: Asker,
  installation: InstallationRow | undefined,
  clock: Clock,
): void {
  if (secretHash !== undefined && installation?.secret_hash !== secretHash)
    throw countFailure(call.ip, new AppError('license_token_invalid'), secretHash);
  // Serials follow the clock: one far ahead is of a thief who has the key, and would leave the installation none to follow with.
  const most = clock.now().add({ hours: 24 }).epochMilliseconds;
  if (claims.serial > Math.max(Number(installation?.token_serial ?? 0), most))
    throw new AppError('license_token_invalid');
}

const keyGone = () =>
  new AppError('license_token_invalid', {
    message: {
      en: 'The key that signed this token is no longer believed. The application sends its heartbeat again with installation_secret and gets a new token; nothing is lost.',
      id: 'Kunci yang menandatangani token ini tidak dipercaya lagi. Aplikasi mengirim heartbeat lagi dengan installation_secret dan mendapat token baru; tidak ada yang hilang.',
    },
  });

function partition<T>(list: readonly T[], is: (item: T) => boolean): [T[], T[]] {
  return [list.filter(is), list.filter((item) => !is(item))];
}
