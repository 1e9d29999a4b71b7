import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { notify } from '../notices/notify.ts';
import { recall, remember } from '../state/memory.ts';

/** How the vendor's server takes the license: `paused` gets no updates, `unknown` is turned away. */
export type LicenseState = 'valid' | 'paused' | 'unknown';

const name = 'license state';
const words = {
  valid:
    'Vendor kembali menerima lisensi instalasi ini. / The vendor accepts the license of this installation again.',
  paused:
    'Vendor menjeda pembaruan untuk instalasi ini. / The vendor has paused updates for this installation.',
  unknown:
    'Server pembaruan menolak kode agen atau kunci lisensi instalasi ini. / The update server refuses the agent code or license key of this installation.',
};

/** Notes how the license is taken, and tells people once when that changes. */
export function noteLicense(db: DatabaseSync, clock: Clock, version: string, state: LicenseState): void {
  const before = licenseState(db);
  if (state === before) return;
  remember(db, clock, name, state);
  notify(db, clock, { version, type: 'license', message: words[state] });
}

export const licenseState = (db: DatabaseSync): LicenseState =>
  recall(db, name, z.enum(['valid', 'paused', 'unknown'])) ?? 'valid';
