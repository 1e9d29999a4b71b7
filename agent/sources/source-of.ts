import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import { customSource } from './custom.ts';
import { githubSource } from './github.ts';
import { otaSource } from './ota.ts';
import { signedSource } from './signed.ts';
import type { Source } from './source.ts';

interface Around {
  readonly config: Config;
  readonly db: DatabaseSync;
  readonly clock: Clock;
}

/** Where the installation's updates come from. @throws {AgentError} no_source */
export function sourceOf({ config, db, clock }: Around): Source {
  const { source, ota, checkUrl } = config;
  if (source === 'ota' && ota !== undefined) return otaSource(config, ota);
  if (source === 'signed' && ota !== undefined) return signedSource(config, ota, clock);
  if (source === 'github' && checkUrl !== undefined) return githubSource(config, checkUrl, { db, clock });
  if (source === 'custom' && checkUrl !== undefined) return customSource(config, checkUrl, { db, clock });
  throw noSource();
}

function noSource(): AgentError {
  return new AgentError('no_source', {
    en: 'Nobody said where updates come from. Set UPDATE_SOURCE in .env: ota (with OTA_SERVER_URL, OTA_AGENT_CODE and OTA_LICENSE_KEY), github or custom (with UPDATE_CHECK_URL). These are taken without signatures; with root_metadata in agent.json it is signed.',
    id: 'Belum ditentukan dari mana pembaruan diambil. Isi UPDATE_SOURCE di .env: ota (dengan OTA_SERVER_URL, OTA_AGENT_CODE, dan OTA_LICENSE_KEY), github atau custom (dengan UPDATE_CHECK_URL). Semua itu diambil tanpa tanda tangan; dengan root_metadata di agent.json, pembaruannya bertanda tangan.',
  });
}
