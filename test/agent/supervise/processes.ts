import { readdirSync, readFileSync } from 'node:fs';

/** A process that another one started; 0 where there is none. */
export function childOf(parent: number): number {
  for (const name of readdirSync('/proc')) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, ofParent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(ofParent) === parent && state !== 'Z') return Number(name);
    } catch {
      // No process, or none any more.
    }
  }
  return 0;
}
