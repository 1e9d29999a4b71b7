import { localDate } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import { longDate } from '../../documents/index.ts';
import type { InstallationRow } from '../installation-queries.ts';
import type { LicenseRow } from '../license-queries.ts';

/** A day as people write it; of owners nobody knows where they are, so it is the one in Jakarta, which is that of most. */
const dayOf = (at: string | null) =>
  localDate(Temporal.Instant.from(at ?? '1970-01-01T00:00:00Z'), 'Asia/Jakarta').toString();

const nameOf = ({ hostname, agent_code }: InstallationRow): string => hostname ?? agent_code;

/** Where a license lives that has no place for another machine. */
export function alreadyPaired(license: LicenseRow, paired: readonly InstallationRow[]): AppError {
  const [only] = paired;
  if (license.max_nodes === 1 && only !== undefined) {
    return new AppError('license_already_paired', {
      message: {
        en: `This license runs on "${nameOf(only)}" since ${longDate(dayOf(only.paired_at), 'en')}.`,
        id: `Lisensi ini berjalan di "${nameOf(only)}" sejak ${longDate(dayOf(only.paired_at), 'id')}.`,
      },
    });
  }
  const names = paired
    .slice(0, 10)
    .map((row) => `"${nameOf(row)}"`)
    .join(', ');
  return new AppError('license_node_limit', {
    message: {
      en: `This license runs on ${paired.length} machines, which is all it allows: ${names}.`,
      id: `Lisensi ini sudah berjalan di ${paired.length} mesin, sebanyak yang diizinkan: ${names}.`,
    },
  });
}

/** That a machine is not the one it says it is. */
export function mismatch(known: InstallationRow): AppError {
  return new AppError('license_fingerprint_mismatch', {
    message: {
      en: `This is not the machine that this installation was paired on: that is "${nameOf(known)}", since ${longDate(dayOf(known.paired_at), 'en')}.`,
      id: `Ini bukan mesin tempat instalasi ini dipasangkan: mesin itu "${nameOf(known)}", sejak ${longDate(dayOf(known.paired_at), 'id')}.`,
    },
  });
}

/** That an installation is over, and where its license went. */
export function notPaired(
  row: InstallationRow | undefined,
  moved: { hostname: string | null; moved_at: string } | undefined,
): AppError {
  if (row === undefined) return new AppError('license_not_paired');
  if (moved !== undefined) {
    const host = moved.hostname ?? '?';
    return new AppError('license_not_paired', {
      message: {
        en: `The license was moved from here to "${host}" on ${longDate(dayOf(moved.moved_at), 'en')}.`,
        id: `Lisensi sudah dipindah dari sini ke "${host}" pada ${longDate(dayOf(moved.moved_at), 'id')}.`,
      },
    });
  }
  return new AppError('license_not_paired', {
    message: {
      en: `This installation was unpaired on ${longDate(dayOf(row.ended_at), 'en')}.`,
      id: `Instalasi ini sudah dilepas pada ${longDate(dayOf(row.ended_at), 'id')}.`,
    },
  });
}
