import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type Clock, instantText } from '../clock.ts';
import { forget, recall, remember } from '../state/memory.ts';

/** A release for which somebody chose a moment. It stands in the state, so that restarts change nothing. */
export interface Chosen {
  readonly version: string;
  readonly at: Temporal.Instant;
  /** Who chose it. */
  readonly by: string;
  /** Why it was not applied so far. */
  readonly fault: string | undefined;
}

const name = 'chosen update';
const shape = z.object({ version: z.string(), at: z.string(), by: z.string(), fault: z.string().optional() });

export function chosenUpdate(db: DatabaseSync): Chosen | undefined {
  const known = recall(db, name, shape);
  return known === undefined
    ? undefined
    : { ...known, at: Temporal.Instant.from(known.at), fault: known.fault };
}

/** There is one at a time: another one takes its place. */
export function chooseUpdate(db: DatabaseSync, clock: Clock, { at, ...chosen }: Chosen): void {
  remember(db, clock, name, { ...chosen, at: instantText(at) });
}

export const forgetChosen = (db: DatabaseSync): void => forget(db, name);

/** Where it could not be begun by then, as with a machine that was off, the moment is over: nobody expects it in the middle of the day. */
const longestLate = { hours: 1 };

export const isOver = ({ at }: Chosen, now: Temporal.Instant): boolean =>
  Temporal.Instant.compare(now, at.add(longestLate)) > 0;
