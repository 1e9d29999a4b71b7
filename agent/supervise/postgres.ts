import { setTimeout as delay } from 'node:timers/promises';
import { type EmbeddedPostgres, FolderBusyError, startEmbedded } from '#embedded-postgres';
import { type Clock, instantText } from '../clock.ts';
import { asAgentError, type PostgresOwner } from '../databases/embedded.ts';

/** The built-in PostgreSQL of an installation, looked after. */
export interface OwnedPostgres extends PostgresOwner {
  /** For the servers, as DATABASE_URL; it stays the same when PostgreSQL is started anew. */
  readonly url: string;
  /** Ends it for good. Where this is not called it goes on, and the next agent finds it. */
  end(): Promise<void>;
}

export interface PostgresPlace {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly settings?: Readonly<Record<string, string>>;
  readonly tell: (line: string) => void;
  /** How long one who had it stopped has to take the data folder. */
  readonly handOverMs?: number;
}

const longestAgainMs = 30_000;
const whileTakenMs = 200;

/**
 * Takes over the PostgreSQL of a data folder, or starts it, and starts it anew whenever it ends by itself. Where it was stopped for another
 * process, it is started again when that asks for it, or has let go of the data folder, be that by dying.
 * @throws {AgentError} postgres, with what PostgreSQL or its folder needs
 */
export async function ownPostgres(place: PostgresPlace): Promise<OwnedPostgres> {
  const { dataDir, clock, settings, tell, handOverMs = 10_000 } = place;
  let running: EmbeddedPostgres | undefined;
  let starting: Promise<EmbeddedPostgres> | undefined;
  let pause = new AbortController();
  let isHandedOver = false;
  let isOver = false;
  const begin = async (): Promise<EmbeddedPostgres> => {
    starting ??= startEmbedded({
      dataDir,
      onBusy: 'refuse',
      command: 'nadi agent',
      since: instantText(clock.now()),
      outlives: true,
      log: tell,
      ...(settings === undefined ? {} : { settings }),
    }).finally(() => {
      starting = undefined;
    });
    running = await starting;
    return running;
  };
  const stop = async () => {
    pause.abort();
    await starting?.catch(() => {});
    await running?.stop();
    running = undefined;
  };
  const lookAfter = async () => {
    let waitMs = 0;
    while (!isOver) {
      if (running !== undefined) {
        const seen: EmbeddedPostgres = running;
        const lost = await seen.exited;
        if (lost !== undefined) {
          tell(lost.message);
          await seen.stop();
        }
        if (running === seen) running = undefined;
        waitMs = 0;
        continue;
      }
      pause = new AbortController();
      const ms = isHandedOver ? handOverMs : waitMs;
      isHandedOver = false;
      await delay(ms, undefined, { signal: pause.signal }).catch(() => {});
      if (isOver || isHandedOver || running !== undefined) continue;
      try {
        await begin();
      } catch (error) {
        const isTaken = error instanceof FolderBusyError;
        if (!isTaken) tell(error instanceof Error ? error.message : String(error));
        waitMs = isTaken ? whileTakenMs : Math.min(longestAgainMs, Math.max(500, waitMs * 2));
      }
    }
  };
  const start = async () => {
    try {
      return running ?? (await begin());
    } catch (error) {
      throw asAgentError(error);
    }
  };
  const { url } = await start();
  const looking = lookAfter();
  return {
    url,
    async stop() {
      isHandedOver = true;
      await stop();
    },
    async start() {
      await start();
      pause.abort();
    },
    async end() {
      isOver = true;
      await stop();
      await looking;
    },
  };
}
