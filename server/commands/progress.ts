import type { Terminal } from './context.ts';

export interface Progress {
  /** Tells how far the work is. */
  to(done: number, remark?: string): void;
  /** Ends the line. */
  finish(remark?: string): void;
}

/** Progress of `total` steps: one line rewritten on a terminal; elsewhere a plain line at each tenth. */
export function startProgress(terminal: Terminal, label: string, total: number): Progress {
  let tenth = -1;
  const line = (done: number, remark = '') => {
    const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
    return `${label}: ${percent} % (${done} of ${total})${remark === '' ? '' : `, ${remark}`}`;
  };
  return {
    to(done, remark) {
      if (terminal.redraw) {
        terminal.redraw(line(done, remark));
        return;
      }
      const now = total === 0 ? 10 : Math.floor((done / total) * 10);
      if (now > tenth) terminal.note(line(done, remark));
      tenth = Math.max(tenth, now);
    },
    finish(remark) {
      if (terminal.redraw) {
        terminal.redraw(line(total, remark));
        terminal.note('');
      } else if (remark) terminal.note(`${label}: ${remark}`);
    },
  };
}
