import { readFileSync } from 'node:fs';
import { AgentError } from '../errors.ts';
import { hasCode } from '../tree/inside.ts';

/** What Node says of a certificate that it does not believe. */
const ofCertificates = [
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HANDSHAKE_SSL_ERROR',
];

/** What to say of a database that cannot be connected to. */
export function unreachable(cause: unknown): AgentError {
  const told = cause instanceof Error ? cause.message : '';
  if (hasCode(cause, ...ofCertificates))
    return new AgentError(
      'database_untrusted',
      {
        en: `The database is not who it says it is: ${told}. Check the host in the settings, and the file of the certificate authority that signed its certificate.`,
        id: `Basis data ini bukan yang dimaksud: ${told}. Periksa host di pengaturan, dan berkas otoritas sertifikat yang menandatangani sertifikatnya.`,
      },
      { cause },
    );
  return new AgentError(
    'database_unreachable',
    {
      en: `The database does not answer: ${told} Check that it runs, and the address and the password in the settings.`,
      id: `Basis data tidak menjawab: ${told} Periksa apakah basis data berjalan, serta alamat dan kata sandi di pengaturan.`,
    },
    { cause },
  );
}

/**
 * The certificate authority to verify by.
 * @param file as the settings name it; `setting` is what it is called there
 * @throws {AgentError} tls_authority where it is not named or cannot be read
 */
export function authorityFrom(file: string | undefined, setting: string): string {
  try {
    if (file !== undefined) return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AgentError(
      'tls_authority',
      {
        en: `The certificate authority ${file} (${setting}) cannot be read. Check the path and who may read it.`,
        id: `Otoritas sertifikat ${file} (${setting}) tidak bisa dibaca. Periksa jalurnya dan hak bacanya.`,
      },
      { cause },
    );
  }
  throw new AgentError('tls_authority', {
    en: `To verify the database, ${setting} must name the file of the certificate authority that signed its certificate.`,
    id: `Untuk memverifikasi basis data, ${setting} harus berisi berkas otoritas sertifikat yang menandatangani sertifikatnya.`,
  });
}
