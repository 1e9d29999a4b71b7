import { setTimeout as delay } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import type { Hook } from '../hooks/run-hook.ts';

/** A hook that ends with 0 where the application works. */
export interface HealthCheck extends Hook {
  /** So often in a row it must say so; 3 unless told. */
  readonly inRow?: number;
  /** So often it is asked at most; 10 unless told. */
  readonly tries?: number;
  /** Between two times; 1000 unless told. */
  readonly pauseMs?: number;
  /** What it prints must name the version: an old process that still answers is none of the new one. */
  readonly tellsVersion?: boolean;
}

/**
 * Asks until the application said well often enough in a row.
 * @throws {AgentError} unhealthy, with why it failed the last time
 */
export async function proveHealth(
  { inRow = 3, tries = 10, pauseMs = 1000, tellsVersion = false }: HealthCheck,
  version: string,
  ask: () => Promise<string>,
  signal: AbortSignal,
): Promise<void> {
  let row = 0;
  let good = 0;
  let cause: unknown;
  for (let n = 0; n < tries; n += 1) {
    try {
      const printed = await ask();
      if (tellsVersion && !names(printed, version)) throw otherVersion(version, printed);
      good += 1;
      row += 1;
      if (row >= inRow) return;
    } catch (error) {
      signal.throwIfAborted();
      cause = error;
      row = 0;
    }
    if (n < tries - 1) await delay(pauseMs, undefined, { signal });
  }
  const why = cause instanceof Error ? cause.message : '';
  throw new AgentError(
    'unhealthy',
    {
      en: `The application answered well ${good} of ${tries} times, and ${inRow} in a row are needed. ${why}`,
      id: `Aplikasi menjawab baik ${good} dari ${tries} kali, padahal perlu ${inRow} kali berturut-turut. ${why}`,
    },
    { cause },
  );
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function names(printed: string, version: string): boolean {
  return new RegExp(`(?<![\\w.+-])v?${escaped(version)}(?![\\w+-]|\\.\\d)`).test(printed);
}

function otherVersion(version: string, printed: string): AgentError {
  return new AgentError('health_other_version', {
    en: `It should name version ${version}, and printed: ${printed.slice(0, 200)}`,
    id: `Seharusnya menyebut versi ${version}, tetapi mencetak: ${printed.slice(0, 200)}`,
  });
}
