import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { OtaAccount } from '../config/read-config.ts';
import { ask } from '../sources/ask.ts';
import { credentialsOf } from '../sources/ota.ts';
import { recall, remember } from '../state/memory.ts';
import { blamed, type UpdateRow } from './history.ts';

const name = 'reported_update';
/** Errors are told as far as the wire takes them. */
const longestError = 2000;

/**
 * Tells the update server what came of the last update, unless it was told before; so it is also told after the agent died, and after
 * the network was gone. Never fails: false where it will be told later (decisions.md, OTA wire).
 */
export async function reportEnded(
  db: DatabaseSync,
  clock: Clock,
  account: OtaAccount,
  signal: AbortSignal,
): Promise<boolean> {
  const known = recall(db, name, z.number()) ?? 0;
  const row = db
    .prepare(
      // What never came is no fault of the release.
      `select * from system_updates where id > ? and (status = 'completed' or ${blamed}) and update_steps ->> '$[0].components' is null order by id desc limit 1`,
    )
    .get(known) as UpdateRow | undefined;
  if (row === undefined) return true;
  const isDone = row.status === 'completed';
  try {
    const { status } = await ask({
      url: `${account.serverUrl}/ota/report`,
      method: 'POST',
      seconds: 10,
      signal,
      json: {
        ...credentialsOf(account),
        version: row.version,
        status: isDone ? 'success' : 'failed',
        error: isDone ? null : withoutKey(row.error_message ?? '', account).slice(0, longestError),
      },
    });
    // What it refuses once it refuses again; only what it could not take is told later.
    if (status === 429 || status >= 500) return false;
  } catch {
    return false;
  }
  remember(db, clock, name, row.id);
  return true;
}

/** What a hook printed may hold all of its environment. */
const withoutKey = (text: string, { licenseKey }: OtaAccount) => text.replaceAll(licenseKey, '…');
