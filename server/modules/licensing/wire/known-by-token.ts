import { instantText, localDate } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { raiseAlerts } from '../../alerts/index.ts';
import {
  type InstallationRow,
  lockInstallation,
  movedTo,
  updateInstallationRow,
} from '../installation-queries.ts';
import { findLicense, type LicenseRow } from '../license-queries.ts';
import { isOnly } from '../rules.ts';
import { refuseSkew } from './checks.ts';
import type { PairingParts } from './pair.ts';
import { notPaired } from './where.ts';
import { requireAsker, whoAsks } from './who-asks.ts';

/** An installation that showed its token, held with what it may. */
export interface Known {
  readonly tx: Tx;
  readonly license: LicenseRow;
  readonly installation: InstallationRow;
  readonly at: string;
}

/** What a request with a token says beside it. */
export interface Told {
  readonly client_time?: string | undefined;
  readonly install_id?: string | undefined;
  readonly counter?: number | undefined;
  /** Proves who asks where the key of the token no longer does. */
  readonly installation_secret?: string | undefined;
}

/** A refusal whose traces are kept: what was written beside it is committed. */
class Kept {
  readonly refusal: AppError;
  constructor(refusal: AppError) {
    this.refusal = refusal;
  }
}

/**
 * Does something for the installation whose token the request bears, in one transaction that holds it. A token that is too old for others still
 * says who asks, so who was offline for months comes back by itself; what counts is that nobody shows a newer one.
 * `work` may give back a refusal, beside which what it wrote is kept.
 * @throws {AppError} license_clock_skew, license_token_invalid, license_not_paired, license_token_replaced, license_rate_limited
 */
export async function withInstallation<T extends object>(
  parts: PairingParts,
  call: Call,
  told: Told,
  work: (known: Known) => Promise<T | AppError>,
): Promise<T> {
  const { kit } = parts;
  refuseSkew(kit.clock.now(), told.client_time, call.headers);
  const asker = await whoAsks(parts, call, told.installation_secret);
  const { claims } = asker;
  const result = await inTransaction(kit.db, async (tx) => {
    const at = instantText(kit.clock.now());
    const installation = await lockInstallation(tx, claims.sub);
    requireAsker(parts, call, asker, installation, kit.clock);
    if (installation?.state !== 'paired') throw notPaired(installation, await movedTo(tx, claims.sub));
    if (!isOnly(installation, claims.serial, told.counter)) {
      await tellOfCopy(parts, tx, installation, at);
      return new Kept(new AppError('license_token_replaced'));
    }
    if (told.install_id !== undefined && told.install_id !== installation.install_id)
      throw new AppError('license_token_invalid');
    const license = await findLicense(tx, installation.license_id, at);
    if (!license) throw new AppError('license_not_paired');
    const shown = await showSerial(tx, installation, claims.serial);
    const done = await work({ tx, license, installation: shown, at });
    return done instanceof AppError ? new Kept(done) : done;
  });
  if (result instanceof Kept) throw result.refusal;
  return result;
}

/** Notes which serial was shown and takes the next for the token that will be given. That this one was shown proves that its secret arrived too. */
function showSerial(
  tx: Tx,
  { id, token_serial: newest }: InstallationRow,
  serial: number,
): Promise<InstallationRow> {
  const next = BigInt(Math.max(Number(newest), serial)) + 1n;
  return updateInstallationRow(tx, id, {
    shown_serial: String(serial),
    token_serial: String(next),
    previous_secret_hash: null,
  });
}

/** Tells the vendor, once a day, that two show the tokens of one installation. */
async function tellOfCopy({ kit }: PairingParts, tx: Tx, row: InstallationRow, at: string): Promise<void> {
  const day = localDate(kit.clock.now(), 'UTC').toString();
  await raiseAlerts(
    tx,
    [
      {
        type: 'license',
        severity: 'warning',
        title: `Instalasi ${row.agent_code} tampak berjalan di dua tempat`,
        message: `Token lama dari "${row.hostname ?? row.agent_code}" dipakai lagi: instalasi ini disalin, atau dipulihkan dari cadangan.`,
        meta: { installation_id: row.id, license_id: row.license_id },
        once_for: `license-copy:${row.id}:${day}`,
        subject: `installation:${row.id}`,
      },
    ],
    at,
  );
}
