import { setTimeout as delay } from 'node:timers/promises';
import { AgentError } from '../errors.ts';
import { beginningOf } from '../hooks/process-identity.ts';
import { openState } from '../state/open-state.ts';
import { askAgent } from './ask-agent.ts';
import { lockSupervision } from './lock.ts';
import { listServers } from './servers.ts';
import type { ServedTree, Serving } from './serving.ts';
import type { Status } from './status.ts';

/** Whoever starts the agent again does so well within this; PostgreSQL may have to recover before it answers. */
const usualLimits = { goneMs: 15_000, startingMs: 20 * 60_000, askEveryMs: 200 };

/**
 * The agent that looks after the servers, for another process of the same installation. Where it ends meanwhile and another one comes, that
 * one is asked the same again: all of it may be done twice.
 * @throws {AgentError} not_supervised where none comes, and what it refuses
 */
export function remoteServing(folder: string, limits: typeof usualLimits = usualLimits): Serving {
  const insist = async (path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> => {
    const { goneMs, startingMs, askEveryMs } = limits;
    const start = performance.now();
    let lastThere = start;
    for (;;) {
      try {
        return await askAgent(folder, path === '/status' ? 'GET' : 'POST', path, {
          body,
          ...(signal === undefined ? {} : { signal }),
        });
      } catch (error) {
        if (!(error instanceof AgentError && error.code === 'not_supervised')) throw error;
        const now = performance.now();
        if (isSupervised(folder)) lastThere = now;
        if (now - lastThere > goneMs || now - start > startingMs) throw error;
      }
      await delay(askEveryMs, undefined, { ...(signal === undefined ? {} : { signal }) });
    }
  };
  return {
    async current() {
      if (!isSupervised(folder) && !isServed(folder)) return undefined;
      const { serves } = (await insist('/status')) as Status; // As supervise() answers.
      return serves;
    },
    async switchTo(tree: ServedTree, signal) {
      await insist('/switch', tree, signal);
    },
    async maintain(signal) {
      await insist('/maintain', undefined, signal);
    },
    async prove(tree: ServedTree, signal) {
      await insist('/prove', tree, signal);
    },
    async drained() {
      await insist('/drained');
    },
    async restart() {
      await insist('/restart');
    },
  };
}

/** Whether an agent is there, also one that does not answer yet. */
function isSupervised(folder: string): boolean {
  try {
    lockSupervision(folder)[Symbol.dispose]();
    return false;
  } catch (error) {
    if (error instanceof AgentError && error.code === 'supervised') return true;
    throw error;
  }
}

/** An agent that was killed leaves its servers at work, and the next one is on its way. */
function isServed(folder: string): boolean {
  using state = openState(folder);
  return listServers(state.db).some(({ pid, begun }) => beginningOf(pid) === begun);
}
