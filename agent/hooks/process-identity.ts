import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** When a process began, so that another one that was given its number later is told from it; undefined where there is none. */
export function beginningOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linux(pid) : posix(pid);
}

function linux(pid: number): string | undefined {
  const fields = statOf(pid);
  // It has ended, and stays listed because nobody has asked how.
  if (fields?.[0] === 'Z') return undefined;
  // The start is in ticks since this boot.
  return fields && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`;
}

/** What follows the name in /proc/PID/stat: state, parent, group, session, … */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
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

/**
 * The processes of a group, and those that left it but carry the mark in their environment, as what made a session of its own does.
 * Those that are dead and only waited for by nobody are none. On Linux alone; elsewhere undefined.
 */
export function livingOf(group: number | undefined, mark: string): number[] | undefined {
  if (process.platform !== 'linux') return undefined;
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid) || pid === process.pid) return false;
      const fields = statOf(pid);
      if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return false;
      return (group !== undefined && fields[2] === String(group)) || isMarked(pid, mark);
    });
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${markName}=${mark}`);
  } catch {
    return false; // It is gone, or another user's.
  }
}

/** Stands in the environment of every hook, and so of all that comes of it. */
export const markName = 'NADI_HOOK';
