import { z } from 'zod';
import type { Config, OtaAccount } from '../config/read-config.ts';
import { AgentError } from '../errors.ts';
import { ask, readAnswer } from './ask.ts';
import type { Answer, Offer, Source } from './source.ts';
import { stagePackage } from './stage-package.ts';

// The wire of spec 1 §8. What a server says more than is read here is passed over.

const line = z.string().max(100);
const message = z.string().max(10_000).nullish();

const answer = z.object({
  has_update: z.boolean(),
  force_update: z.boolean().default(false),
  disabled: z.boolean().default(false),
  suspended: z.boolean().default(false),
  version: line.optional(),
  changelog: z.string().nullish(),
  files: z
    .array(z.object({ action: z.string().max(20), path: z.string().max(4096) }))
    .max(100_000)
    .default([]),
  has_migrations: z.boolean().default(false),
  checksum: z.string().max(128).nullish(),
  zip_size: z.number().int().min(0).nullish(),
  download_url: z.string().max(4096).optional(),
  server_message: message,
  published_at: line.nullish(),
});

const refusal = z.object({ disabled: z.boolean().default(false), server_message: message });

/** The update server of spec 1; what it sends counts as it is. */
export function otaSource(config: Config, account: OtaAccount): Source {
  return {
    check: (current, signal) => checkOta(account, current, signal),
    stage: (offer, stage, signal, told) =>
      stagePackage({
        config,
        offer,
        stage,
        signal,
        told,
        home: account.serverUrl,
        headers: otaHeaders(account),
      }),
  };
}

export const otaHeaders = ({ agentCode, licenseKey }: OtaAccount) => ({
  'x-agent-code': agentCode,
  'x-license-key': licenseKey,
});

/** What the server offers from the current version. @throws {AgentError} credentials, unreachable, unreadable */
export async function checkOta(account: OtaAccount, current: string, signal: AbortSignal): Promise<Answer> {
  const url = `${account.serverUrl}/ota/check`;
  const json = { ...credentialsOf(account), current_version: current };
  const answered = await ask({ url, method: 'POST', json, seconds: 30, signal });
  if (answered.status === 401) throw badCredentials();
  if (answered.status === 403) {
    const { disabled, server_message: said } = readAnswer({ url }, answered, refusal);
    return { is: disabled ? 'disabled' : 'suspended', message: said ?? undefined };
  }
  if (answered.status !== 200) throw serverError(url, answered.status);
  const read = readAnswer({ url }, answered, answer);
  const said = read.server_message ?? undefined;
  if (read.disabled || read.suspended) return { is: read.disabled ? 'disabled' : 'suspended', message: said };
  if (!read.has_update) return { is: 'none', message: said };
  if (read.version === undefined || read.download_url === undefined) throw serverError(url, answered.status);
  return { is: 'offer', message: said, offer: offerOf(read, read.version, read.download_url) };
}

function offerOf(read: z.output<typeof answer>, version: string, downloadUrl: string): Offer {
  return {
    version,
    downloadUrl,
    changelog: read.changelog ?? '',
    hasMigrations: read.has_migrations,
    // Spec 1 has no word for it, so what migrates may leave the version before without its database.
    isCompatible: !read.has_migrations,
    isForced: read.force_update,
    checksum: read.checksum?.toLowerCase(),
    size: read.zip_size ?? undefined,
    deleted: read.files.filter(({ action }) => action === 'delete').map(({ path }) => path),
    files: read.files.length,
    publishedAt: read.published_at ?? undefined,
  };
}

export const credentialsOf = ({ agentCode, licenseKey }: OtaAccount) => ({
  agent_code: agentCode,
  license_key: licenseKey,
});

export function badCredentials(): AgentError {
  return new AgentError('credentials', {
    en: 'The update server does not know this agent code and license key. Check OTA_AGENT_CODE and OTA_LICENSE_KEY, or ask the vendor.',
    id: 'Server pembaruan tidak mengenal kode agen dan kunci lisensi ini. Periksa OTA_AGENT_CODE dan OTA_LICENSE_KEY, atau tanyakan kepada vendor.',
  });
}

export function serverError(url: string, status: number): AgentError {
  return new AgentError('server_error', {
    en: `${new URL(url).origin} answers ${status}. Try again later.`,
    id: `${new URL(url).origin} menjawab ${status}. Coba lagi nanti.`,
  });
}
