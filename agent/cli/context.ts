import type { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { Clock } from '../clock.ts';
import { type Config, readConfig } from '../config/read-config.ts';
import type { Said } from '../errors.ts';
import { lockInstallation } from '../state/lock.ts';
import { openState } from '../state/open-state.ts';
import type { Outcome } from '../transaction/run-transaction.ts';
import { settleAbandoned } from '../update/history.ts';
import type { Agent } from '../update/installation.ts';
import { recover } from '../update/run-update.ts';

/** Where a command speaks to a person. */
export interface Terminal {
  /** What the command is asked for: standard output. */
  print(line: string): void;
  /** Progress and remarks: standard error. */
  note(line: string): void;
  /** Writes over the current line; undefined where output is not a terminal. */
  readonly redraw: ((line: string) => void) | undefined;
  /** Asks a person; undefined where nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** The process a command runs in. */
export interface Process {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly pid: number;
  readonly stdin: Readable;
}

/** What came of a command: for people, line by line, and for programs. */
export interface Result {
  readonly lines: readonly Said[];
  readonly json: object;
  /** Exit code; 0 unless said otherwise. */
  readonly code?: number;
}

/** What commands work with. */
export interface Opened {
  readonly config: Config;
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Where {
  readonly root?: string;
}

export type Language = 'en' | 'id';

/** Options that every command has. */
export interface Common extends Where {
  readonly json?: boolean;
  readonly language?: Language;
}

/** Declares a command with these options. */
export type AddCommand = (name: string, summary: string) => Command;
/** Runs a command's work and tells what came of it, as the options say. */
export type Finish = (options: Common, work: () => Promise<Result>) => Promise<void>;

/** Opens the agent's state to look at it: nothing is locked, and what was left half done stays so. */
export async function looking<T>(
  process: Process,
  where: Where,
  work: (opened: Opened) => T | Promise<T>,
): Promise<T> {
  const config = readConfig(process, where.root);
  using state = openState(config.installation.folder);
  return await work({ config, db: state.db, clock: process.clock, signal: process.signal });
}

/** As {@link looking}, as the only one at work on the installation; what a process that died left is finished or undone before. */
export function holding<T>(
  process: Process,
  where: Where,
  work: (opened: Opened) => T | Promise<T>,
): Promise<T> {
  return looking(process, where, async (opened) => {
    const { installation } = opened.config;
    using _lock = lockInstallation(installation);
    const outcome = await recover(agentOf(opened));
    if (outcome !== undefined) process.terminal.note(recovered(outcome.is));
    settleAbandoned(opened.db, opened.clock);
    return await work(opened);
  });
}

/** What an update, a rollback or a backup works with. */
export const agentOf = ({ db, clock, config }: Opened): Agent => ({
  db,
  clock,
  installation: config.installation,
});

/** In both languages, since it is no command's own answer. */
const recovered = (is: Outcome['is']): string =>
  is === 'done'
    ? 'What an agent before left half done was finished. / Yang tertinggal setengah jalan sudah diselesaikan.'
    : 'What an agent before left half done was undone. / Yang tertinggal setengah jalan sudah dikembalikan.';
