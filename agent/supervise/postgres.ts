import { setTimeout as delay } from 'node:timers/promises';
import { type EmbeddedPostgres, PostgresFault, startEmbedded } from '#embedded-postgres';
import { type Clock, instantText } from '../clock.ts';
import { AgentError } from '../errors.ts';

/** The built-in PostgreSQL of an installation, looked after. */
export interface OwnedPostgres {
  /** For the servers, as DATABASE_URL; it stays the same when PostgreSQL is started anew. */
  readonly url: string;
  /** Ends it. Where this is not called it goes on, and the next agent finds it. */
  stop(): Promise<void>;
}

export interface PostgresOwner {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly settings?: Readonly<Record<string, string>>;
  readonly tell: (line: string) => void;
}

const longestAgainMs = 30_000;

/**
 * Takes over the PostgreSQL of a data folder, or starts it, and starts it anew whenever it ends by itself.
 * @throws {AgentError} postgres, with what PostgreSQL or its folder needs
 */
export async function ownPostgres(owner: PostgresOwner): Promise<OwnedPostgres> {
  const { dataDir, clock, settings, tell } = owner;
  const stopping = new AbortController();
  const start = () =>
    startEmbedded({
      dataDir,
      onBusy: 'refuse',
      command: 'nadi agent',
      since: instantText(clock.now()),
      outlives: true,
      log: tell,
      ...(settings === undefined ? {} : { settings }),
    });
  let running: EmbeddedPostgres;
  try {
    running = await start();
  } catch (cause) {
    throw cause instanceof PostgresFault
      ? new AgentError('postgres', { en: cause.message, id: cause.message }, { cause })
      : cause;
  }
  const { url } = running;
  const lookAfter = async () => {
    let waitMs = 0;
    while (!stopping.signal.aborted) {
      const lost = await running.exited;
      if (lost === undefined) return;
      tell(lost.message);
      await running.stop();
      while (!stopping.signal.aborted) {
        await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
        waitMs = Math.min(longestAgainMs, Math.max(500, waitMs * 2));
        if (stopping.signal.aborted) return;
        try {
          running = await start();
          waitMs = 0;
          break;
        } catch (error) {
          tell(error instanceof Error ? error.message : String(error));
        }
      }
    }
  };
  const looking = lookAfter();
  return {
    url,
    async stop() {
      stopping.abort();
      await running.stop();
      await looking;
    },
  };
}
