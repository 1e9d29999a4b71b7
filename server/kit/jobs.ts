import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Logger,
  parseCronItems,
  type Runner,
  run,
  runMigrations,
  runTaskListOnce,
  type TaskList,
  type WorkerEvents,
} from 'graphile-worker';
import type { PoolClient } from 'pg';
import type { z } from 'zod';
import type { Db, Pool, SqlPart } from './db.ts';
import type { Kit } from './kit.ts';
import { addJobs, addJobsStatement, unlockAllJobs, unlockJobsOf } from './queries.ts';

/** Background work: a name, what it is told, and a function that may run twice to the same end. */
export interface Job<P extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly payload: P;
  // A method, so that a job of any payload is a Job.
  run(payload: z.output<P>, signal: AbortSignal): Promise<void>;
  /** When it runs by itself, as a crontab line's five fields in UTC; the payload is then `{}`. */
  readonly cron?: string;
}

/** A job as its name and payload, for those who only put it on the queue. */
export interface JobRequest {
  readonly name: string;
  readonly payload: unknown;
  /** Jobs of one key that wait are one job. */
  readonly key?: string;
}

/** Puts jobs on the queue inside the caller's transaction: they exist if and only if it commits. */
export function enqueue(db: Db, requests: readonly JobRequest[]): Promise<void> {
  return addJobs(db, requests.map(specOf));
}

/** As {@link enqueue}, as the end of a statement of the caller's. */
export const enqueueStatement = (requests: readonly JobRequest[]): SqlPart<unknown> =>
  addJobsStatement(requests.map(specOf));

const specOf = ({ name, payload, key }: JobRequest) => ({
  identifier: name,
  payload,
  ...(key === undefined ? {} : { job_key: key }),
});

/** Brings the queue's own schema up to date. Safe on many nodes at once only under the migration lock. */
export function migrateJobs(pool: Pool): Promise<void> {
  return runMigrations({ pgPool: pool, logger: silent });
}

/**
 * Starts working on the queue, and goes on where the database refuses for a while. `stop` waits for the jobs in hand, and until the
 * queue knows that they are done. Where nobody else can be working (`isAlone`), which is so on the built-in database, jobs that a killed
 * process left locked are taken up at once; elsewhere the queue does after four hours.
 */
export async function startWorker(
  kit: Kit,
  jobs: readonly Job[],
  isAlone = kit.config.databaseUrl === undefined,
): Promise<{ stop(): Promise<void> }> {
  if (isAlone) await unlockAllJobs(kit.db);
  const stopping = new AbortController();
  let { runner, pools } = await startRunner(kit, jobs);
  const goOn = async (): Promise<void> => {
    await runner.promise;
    while (!stopping.signal.aborted) {
      await delay(restartMs, undefined, { signal: stopping.signal }).catch(() => {});
      try {
        // It ended since it could not write down that a job was done: nobody knows that, so the job runs again.
        await unlockJobsOf(kit.db, pools);
        if (stopping.signal.aborted) return;
        ({ runner, pools } = await startRunner(kit, jobs));
        kit.log.warn('the queue had stopped, and works again');
        if (stopping.signal.aborted) await runner.stop();
        await runner.promise;
      } catch (err) {
        kit.log.error({ err }, 'the queue stopped, and cannot be started; trying again');
      }
    }
  };
  const working = goOn();
  return {
    async stop() {
      stopping.abort();
      // One that is ending by itself refuses; it is waited for all the same.
      await runner.stop().catch(() => {});
      await working;
    },
  };
}

/** Starts the library's worker, and collects the names under which it holds jobs. */
async function startRunner(kit: Kit, jobs: readonly Job[]): Promise<{ runner: Runner; pools: string[] }> {
  const pools: string[] = [];
  const events: WorkerEvents = new EventEmitter();
  events.on('pool:create', ({ workerPool }) => void pools.push(workerPool.id));
  const runner = await run({
    preset: reliably,
    pgPool: kit.pool,
    events,
    taskList: taskList(kit, jobs),
    parsedCronItems: parseCronItems(
      jobs.flatMap((job) =>
        job.cron === undefined ? [] : [{ task: job.name, match: job.cron, identifier: job.name }],
      ),
    ),
    concurrency: 4,
    noHandleSignals: true,
    logger: loggerOf(kit),
  });
  return { runner, pools };
}

/** Works until the queue is empty, once: for commands and tests. */
export async function drainJobs(kit: Kit, jobs: readonly Job[]): Promise<void> {
  const client = await kit.pool.connect();
  try {
    await runTaskListOnce(
      { preset: reliably, logger: loggerOf(kit) },
      taskList(kit, jobs),
      oneAtATime(client),
    );
  } finally {
    client.release();
  }
}

/** The library asks for the next job on the same connection while it writes down that one is done, which its driver is about to refuse. */
function oneAtATime(client: PoolClient): PoolClient {
  let last: Promise<unknown> = Promise.resolve();
  return new Proxy(client, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      if (key !== 'query') return member.bind(target);
      return (...args: unknown[]) => {
        const answer = last.then(() => Reflect.apply(member, target, args));
        last = answer.catch(() => {});
        return answer;
      };
    },
  });
}

function taskList(kit: Kit, jobs: readonly Job[]): TaskList {
  return Object.fromEntries(
    jobs.map((job) => [
      job.name,
      async (payload, helpers) => {
        try {
          await job.run(job.payload.parse(payload), helpers.abortSignal ?? new AbortController().signal);
        } catch (err) {
          kit.log.error(
            { err, job: job.name, attempt: helpers.job.attempts },
            'job failed and will be tried again',
          );
          throw err;
        }
      },
    ]),
  );
}

const silent = new Logger(() => () => {});

/** Without batches the library waits for no job to be written down as done, and a refusal ends the process. */
const reliably: GraphileConfig.Preset = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };

const restartMs = 1000;

/** Only the queue's warnings and errors: its other lines repeat what our jobs log themselves. */
function loggerOf(kit: Kit): Logger {
  return new Logger(() => (level, message) => {
    if (level === 'error' || level === 'warning') kit.log.warn({ source: 'queue' }, message);
  });
}
