import type { Progress } from '../sources/source.ts';
import type { Terminal } from './context.ts';

const width = 30;

export interface Meter {
  /** How much of a download is there. */
  readonly told: Progress;
  /** Which step of an update is done, and how far it is. */
  toldStep(step: string, percent: number): void;
  end(): void;
}

/** A bar on a terminal; nothing elsewhere. */
export function meter({ redraw }: Terminal): Meter {
  if (redraw === undefined) return { told: () => {}, toldStep: () => {}, end: () => {} };
  let last = '';
  const show = (line: string) => {
    if (line !== last) redraw(line);
    last = line;
  };
  return {
    told(bytes, of) {
      const share = of === undefined || of === 0 ? 0 : bytes / of;
      show(`${of === undefined ? '' : `${bar(share)} `}${(bytes / 1e6).toFixed(1)} MB`);
    },
    toldStep: (step, percent) => show(`${bar(percent / 100)} ${step}`),
    end: () => last !== '' && redraw(''),
  };
}

const bar = (share: number): string =>
  `${'█'.repeat(Math.round(width * share)).padEnd(width, '░')} ${Math.floor(100 * share)} %`;
