import { z } from 'zod';
import type { OtaAccount } from '../config/read-config.ts';
import { ask, readAnswer } from '../sources/ask.ts';
import { badCredentials, credentialsOf, serverError } from '../sources/ota.ts';

/** What those who answer for the installation want of it. */
export interface Directives {
  readonly disabled: boolean;
  /** To be taken without anybody's asking for it. */
  readonly forceVersion: string | undefined;
  readonly message: string | undefined;
}

export interface SignedDocument {
  readonly role: string;
  readonly kind: string;
  readonly envelope: unknown;
}

export interface Beat {
  /** As the server says it; for clients that have no root to judge it by. */
  readonly said: Directives;
  readonly signed: readonly SignedDocument[];
}

const shape = z.object({
  directives: z
    .object({
      disabled: z.boolean().default(false),
      force_update: z.boolean().default(false),
      force_update_version: z.string().max(100).nullish(),
      server_message: z.string().max(10_000).nullish(),
    })
    .default({ disabled: false, force_update: false }),
  signed: z
    .array(z.object({ role: z.string(), kind: z.string(), envelope: z.unknown() }))
    .max(20)
    .default([]),
});

/** A sign of life (spec 1 §8). @throws {AgentError} unreachable, credentials, unreadable, server_error */
export async function sendHeartbeat(
  account: OtaAccount,
  version: string,
  info: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Beat> {
  const url = `${account.serverUrl}/ota/heartbeat`;
  const json = { ...credentialsOf(account), current_version: version, client_info: info };
  const answered = await ask({ url, method: 'POST', json, seconds: 15, signal });
  if (answered.status === 401) throw badCredentials();
  if (answered.status !== 200) throw serverError(url, answered.status);
  const { directives, signed } = readAnswer({ url }, answered, shape);
  return {
    said: {
      disabled: directives.disabled,
      forceVersion: directives.force_update ? (directives.force_update_version ?? undefined) : undefined,
      message: directives.server_message ?? undefined,
    },
    signed: signed.map(({ role, kind, envelope }) => ({ role, kind, envelope })),
  };
}
