import type { Progress } from '../sources/source.ts';
import type { Terminal } from './context.ts';

const width = 30;

/** A bar on a terminal that shows how much of a download is there; nothing elsewhere. */
export function meter({ redraw }: Terminal): { readonly told: Progress; end(): void } {
  if (redraw === undefined) return { told: () => {}, end: () => {} };
  let last = '';
  return {
    told(bytes, of) {
      const share = of === undefined || of === 0 ? 0 : bytes / of;
      const filled = '█'.repeat(Math.round(width * share)).padEnd(width, '░');
      const line = `${of === undefined ? '' : `${filled} ${Math.floor(100 * share)} % `}${(bytes / 1e6).toFixed(1)} MB`;
      if (line !== last) redraw(line);
      last = line;
    },
    end: () => last !== '' && redraw(''),
  };
}
