import { AgentError } from '../errors.ts';
import { sendNotices } from '../notices/send-notices.ts';
import { type Common, looking, type Process, type Result } from './context.ts';

/** Sends the notices that wait. A part of what timetables run; nothing that a person waits for, nor an update. */
export function sendWaiting(process: Process, options: Common): Promise<Result> {
  return looking(process, options, async ({ db, clock, config: { notices, installation }, signal }) => {
    await sendNotices({ db, clock, notices, folder: installation.folder, signal });
    return { lines: [], json: {} };
  });
}

/** Runs the work, and then sends what waits, be the work done or not; whether that goes well is no part of it. */
export async function thenSend(
  process: Process,
  options: Common,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } finally {
    await sendWaiting(process, options).catch((error: unknown) => {
      if (!(error instanceof AgentError)) throw error;
    });
  }
}
