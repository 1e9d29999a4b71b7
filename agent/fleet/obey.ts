import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/read-config.ts';
import { runHook } from '../hooks/run-hook.ts';
import { notify } from '../notices/notify.ts';
import { forget, recall, remember } from '../state/memory.ts';
import { treeOf } from '../update/installation.ts';
import type { Directives } from './heartbeat.ts';

export interface Obeying {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly config: Config;
  readonly signal: AbortSignal;
}

const name = 'disabled';

/**
 * Does what the directives say but for updating: `disabled` runs the maintenance hook, again each time, so that neither an update nor
 * anybody else ends it unasked; the end of it takes it off once. A message becomes a notice. The lock is held by the caller.
 * @throws {AgentError} where a hook fails
 */
export async function obey(
  obeying: Obeying,
  { disabled, message }: Directives,
  version: string,
): Promise<void> {
  const { db, clock, config } = obeying;
  if (message !== undefined) notify(db, clock, { version, type: 'server_message', message, once: true });
  const wasDisabled = recall(db, name, z.boolean()) ?? false;
  if (!disabled && !wasDisabled) return;
  const { maintenanceOn, maintenanceOff } = config.installation.hooks;
  // Before it acts: killed in between, it acts again.
  remember(db, clock, name, true);
  const hook = disabled ? maintenanceOn : maintenanceOff;
  const { folder, environment } = config.installation;
  if (hook !== undefined) {
    mkdirSync(folder, { recursive: true });
    const around = { db, folder: treeOf(config.installation), log: join(folder, 'hooks.log'), environment };
    await runHook(disabled ? 'maintenance on' : 'maintenance off', hook, around, obeying.signal);
  }
  if (!disabled) forget(db, name);
  if (disabled !== wasDisabled)
    notify(db, clock, {
      version,
      type: 'directive',
      message: disabled
        ? 'Instalasi ini dinonaktifkan oleh vendor. / The vendor has switched this installation off.'
        : 'Instalasi ini diaktifkan kembali. / This installation is switched on again.',
    });
}
