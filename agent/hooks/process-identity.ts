import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** When a process began, so that another one that was given its number later is told from it; undefined where there is none. */
export function beginningOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linux(pid) : posix(pid);
}

function linux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets; the 22nd field is the start in ticks since this boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // It has ended, and stays listed because nobody has asked how.
    if (fields[0] === 'Z') return undefined;
    const ticks = fields[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  } catch {
    return undefined;
  }
}

function posix(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
