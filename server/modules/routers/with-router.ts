import { instantText } from '#kit/clock.ts';
import type { Message } from '#kit/errors.ts';
import type { Kit } from '#kit/kit.ts';
import {
  CertificateRefused,
  connectRouter,
  LoginRefused,
  type RouterConnection,
  RouterError,
  type RouterOptions,
  RouterosError,
  type TlsOptions,
} from '#routeros';
import { type RouterRow, touchRouter } from './queries.ts';
import { sealedFor } from './sealed-for.ts';

/** A connection to a router for the length of `work`; notes that it was reached. @throws {RouterosError} */
export async function withRouter<T>(
  kit: Kit,
  router: RouterRow,
  work: (connection: RouterConnection) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await using connection = await connectRouter(
    optionsOf(kit, router),
    signal === undefined ? {} : { signal },
  );
  await touchRouter(kit.db, router.id, instantText(kit.clock.now()));
  return await work(connection);
}

function optionsOf(kit: Kit, router: RouterRow): RouterOptions {
  const tls = tlsOf(router);
  return {
    host: router.host,
    port: router.port,
    user: router.username,
    password: kit.secrets.open(router.password, sealedFor.password(router.id)),
    text: { codePage: router.code_page },
    ...(tls === undefined ? {} : { tls }),
  };
}

function tlsOf({ ssl, tls_trust: trust, tls_fingerprint: fingerprint }: RouterRow): TlsOptions | undefined {
  if (!ssl) return undefined;
  if (trust === 'fingerprint') return { verify: 'fingerprint', sha256: fingerprint ?? '' };
  return { verify: trust === 'authority' || trust === 'anonymous' ? trust : 'none' };
}

/** What went wrong with a router, in a sentence that tells the way out. Anything else is thrown again. */
export function routerTrouble(error: unknown): Message {
  if (!(error instanceof RouterosError)) throw error;
  if (error instanceof LoginRefused) {
    return {
      en: 'The router refuses the username or password. Correct them in the router’s settings, and check that its group may use the API.',
      id: 'Router menolak username atau password. Perbaiki di pengaturan router, dan periksa apakah grupnya boleh memakai API.',
    };
  }
  if (error instanceof CertificateRefused) {
    return {
      en: `The router shows another certificate than expected${error.sha256 ? ` (SHA-256 ${error.sha256})` : ''}. If that is right, set it as tls_fingerprint.`,
      id: `Router menunjukkan sertifikat yang lain dari yang diharapkan${error.sha256 ? ` (SHA-256 ${error.sha256})` : ''}. Jika memang benar, isi sebagai tls_fingerprint.`,
    };
  }
  if (error instanceof RouterError) {
    return { en: `The router refuses: ${error.detail}`, id: `Router menolak: ${error.detail}` };
  }
  return {
    en: `The router cannot be reached or does not answer (${error.detail}). Check address, port, and that its API service is on.`,
    id: `Router tidak dapat dihubungi atau tidak menjawab (${error.detail}). Periksa alamat, port, dan apakah layanan API-nya menyala.`,
  };
}
