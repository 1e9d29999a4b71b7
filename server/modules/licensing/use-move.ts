import { localDate } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import { longDate } from '../documents/index.ts';
import type { MoveRow } from './installation-queries.ts';
import type { LicenseRow } from './license-queries.ts';
import { movesLeft } from './rules.ts';

/**
 * What the next move of a license is: a free one of the year, else one that was granted. `waiting` so many were taken by machines
 * that were left, and count when others pair in their place.
 * @throws {AppError} license_moves_exceeded, with when the next free one is there
 */
export function nextMove(
  kit: Kit,
  { free_moves: free, extra_moves: granted }: LicenseRow,
  moves: readonly MoveRow[],
  waiting = 0,
): 'free' | 'granted' {
  const now = kit.clock.now();
  const left = movesLeft(moves, { free, granted, now });
  if (left.freeLeft + left.grantedLeft > waiting) return left.freeLeft > 0 ? 'free' : 'granted';
  if (left.nextFreeAt === null) throw new AppError('license_moves_exceeded');
  const day = localDate(Temporal.Instant.from(left.nextFreeAt), 'UTC').toString();
  throw new AppError('license_moves_exceeded', {
    message: {
      en: `This license was moved ${left.used} times within a year, which is all. The next move is free on ${longDate(day, 'en')}.`,
      id: `Lisensi ini sudah dipindah ${left.used} kali dalam setahun, dan itu batasnya. Pindah berikutnya gratis pada ${longDate(day, 'id')}.`,
    },
  });
}
