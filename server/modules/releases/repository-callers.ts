import { AppError } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { Windows } from '#kit/http/rate-store.ts';
import type { Kit } from '#kit/kit.ts';
import type { ReleaseCaller, ReleaseCallers } from './hooks.ts';

/** Requests in an hour, as GitHub allows with a token. */
const mostPerHour = 5000;
const hour = 3_600_000;

export interface RepositoryCaller {
  /** By which requests are counted. */
  readonly name: string;
  /** Undefined for anybody. */
  readonly known: ReleaseCaller | undefined;
}

/**
 * Who asks for releases as on GitHub: whoever knows an agent code and its license key or installation's secret, sent as one token with a
 * colon between, since spec 2's updater has just one setting for it. Where RELEASES_PUBLIC is set anybody may, whatever token they send.
 * @throws {AppError} unauthenticated, forbidden
 */
export async function repositoryCaller(
  kit: Kit,
  { hashKey, findCallers }: ReleaseCallers,
  { headers, ip }: Call,
): Promise<RepositoryCaller> {
  const [agentCode = '', key] = credentialsOf(headers.authorization ?? '');
  const [known] = key === undefined ? [] : await findCallers(kit.db, [{ agentCode, keyHash: hashKey(key) }]);
  if (known?.status === 'suspended' || known?.status === 'revoked')
    throw new AppError('forbidden', { message: noLicense });
  if (known !== undefined) return { name: agentCode, known };
  if (!kit.config.releases.isPublic) throw new AppError('unauthenticated', { message: noToken });
  return { name: ip, known };
}

const noToken = {
  en: 'Bad credentials: set UPDATE_SERVER_TOKEN to the agent code, a colon and the license key, like AG-1:XXXX-XXXX.',
  id: 'Kredensial salah: isi UPDATE_SERVER_TOKEN dengan kode agen, titik dua, dan kunci lisensi, misalnya AG-1:XXXX-XXXX.',
};
const noLicense = {
  en: 'This license is suspended. Contact support.',
  id: 'Lisensi ini ditangguhkan. Hubungi dukungan.',
};

function credentialsOf(header: string): readonly string[] {
  const [, scheme = '', value = ''] = /^(bearer|token|basic) +(\S{1,600})$/i.exec(header) ?? [];
  const text = scheme.toLowerCase() === 'basic' ? Buffer.from(value, 'base64').toString() : value;
  const [, agentCode, key] = /^([\x21-\x39\x3b-\x7e]{1,100}):([\x21-\x7e]{1,200})$/.exec(text) ?? [];
  return agentCode === undefined || key === undefined ? [] : [agentCode, key];
}

/** Counts a caller's request; gives GitHub's headers that tell of it. @throws {AppError} too_many_requests */
export function hourlyLimit({ clock }: Kit): (name: string) => Readonly<Record<string, string>> {
  const windows = new Windows(clock);
  return (name) => {
    const { current, ttl } = windows.count(name, hour);
    if (current > mostPerHour)
      throw new AppError('too_many_requests', { retryAfter: Math.max(1, ttl / 1000) });
    return {
      'x-ratelimit-limit': String(mostPerHour),
      'x-ratelimit-remaining': String(mostPerHour - current),
      'x-ratelimit-used': String(current),
      'x-ratelimit-reset': String(Math.ceil((clock.now().epochMilliseconds + ttl) / 1000)),
      'x-ratelimit-resource': 'core',
    };
  };
}
