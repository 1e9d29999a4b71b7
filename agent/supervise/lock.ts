import { join } from 'node:path';
import { AgentError } from '../errors.ts';
import { takeLock } from '../state/lock.ts';

/**
 * Holds the looking after an installation for one process; updates have a lock of their own. Released when disposed.
 * @throws {AgentError} supervised where another process has it, for as long as `waitMs`
 */
export function lockSupervision(folder: string, waitMs = 0): Disposable {
  try {
    return takeLock(join(folder, 'run'), waitMs);
  } catch (cause) {
    if (!(cause instanceof AgentError && cause.code === 'busy')) throw cause;
    throw new AgentError(
      'supervised',
      {
        en: 'An agent already looks after this installation. `agent:doctor` shows which.',
        id: 'Sudah ada agen yang menjaga instalasi ini. `agent:doctor` menunjukkan yang mana.',
      },
      { cause },
    );
  }
}
