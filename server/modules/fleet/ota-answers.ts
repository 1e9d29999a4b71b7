import { type ErrorCode, errorCatalog } from '#contract';
import { AppError, type Language, type Message } from '#kit/errors.ts';
import { fieldsIn, type SayRefusal } from '#kit/http/errors.ts';
import type { Patch, SignedDocument } from './hooks.ts';
import type { Offer } from './offers.ts';

// Every answer of spec 1 §8, and refusals in its envelope.

/** A refusal with more in its envelope than the code says. */
export class OtaRefusal extends AppError {
  readonly more: object;

  constructor(code: ErrorCode, more: object, said?: string | null) {
    super(code, said == null ? {} : { message: { en: said, id: said } });
    this.more = more;
  }
}

/** Any refusal, in the envelope of this wire. Of who is nobody there is nothing to say (decisions.md, OTA wire). */
export const sayRefusal: SayRefusal = (error, language) => {
  const isNobody = error.code === 'unauthenticated';
  return {
    status: errorCatalog[error.code].status,
    message: isNobody ? 'UNAUTHORIZED' : error.code.toUpperCase(),
    has_update: false,
    ...(isNobody ? {} : { server_message: error.said(language) }),
    ...(error.detail.fields ? { errors: fieldsIn(error.detail.fields, language) } : {}),
    ...(error instanceof OtaRefusal ? error.more : {}),
  };
};

/** Words of ours, where nobody wrote others. */
const words = {
  suspended: { en: 'Updates paused temporarily.', id: 'Pembaruan dijeda sementara.' },
  forced: {
    en: 'This update is required. The system is restricted until it is installed.',
    id: 'Pembaruan ini wajib. Sistem dibatasi sampai dipasang.',
  },
  back: {
    en: 'The version you run was withdrawn. Go back to the one before.',
    id: 'Versi yang Anda pakai ditarik. Kembalilah ke versi sebelumnya.',
  },
} as const satisfies Record<string, Message>;

interface Told {
  readonly said: string | null;
  readonly documents: readonly SignedDocument[];
  readonly language: Language;
}

const signedOf = ({ documents }: Told) => (documents.length === 0 ? {} : { signed: documents });

export const upToDate = (told: Told) => ({
  status: 200,
  message: 'UP_TO_DATE',
  has_update: false,
  server_message: told.said,
  ...signedOf(told),
});

/** In HTTP this is no refusal: the client asked well, and there is nothing for it. */
export const suspended = (told: Told) => ({
  status: 200,
  message: 'CLIENT_SUSPENDED',
  has_update: false,
  suspended: true,
  server_message: told.said ?? words.suspended[told.language],
  ...signedOf(told),
});

export const disabled = (told: Told) =>
  new OtaRefusal('client_disabled', { disabled: true, ...signedOf(told) }, told.said);

export interface Found extends Told {
  readonly offer: Offer;
  readonly patch: Patch;
  readonly current: string;
  readonly downloadUrl: string;
}

/** A release that asks for no version before it is taken from the one that asks. */
export function updateAvailable(found: Found) {
  const { release, force, isRollback } = found.offer;
  const ours = isRollback ? words.back : force ? words.forced : undefined;
  return {
    status: 200,
    message: force ? 'FORCE_UPDATE_REQUIRED' : 'UPDATE_AVAILABLE',
    has_update: true,
    force_update: force,
    version: release.version,
    min_version: release.min_version ?? found.current,
    changelog: release.changelog,
    files: found.patch.changes.map(({ action, path }) => ({ action, path })),
    // Going back leaves the database as it is.
    has_migrations: release.has_migrations && !isRollback,
    checksum: found.patch.hash,
    zip_size: found.patch.size,
    download_url: found.downloadUrl,
    server_message: found.said ?? ours?.[found.language] ?? null,
    published_at: offsetText(release.published_at),
    ...signedOf(found),
  };
}

/** As spec 1 writes instants: seconds, and `+00:00`. */
const offsetText = (instant: string) =>
  Temporal.Instant.from(instant).toString({ smallestUnit: 'second' }).replace(/Z$/, '+00:00');

export const reportReceived = { status: 200, message: 'REPORT_RECEIVED' };

export const heartbeatAnswer = (
  told: Told,
  directives: { readonly disabled: boolean; readonly forceVersion: string | null },
) => ({
  status: 200,
  message: 'OK',
  directives: {
    disabled: directives.disabled,
    force_update: directives.forceVersion !== null,
    force_update_version: directives.forceVersion,
    server_message: told.said,
  },
  ...signedOf(told),
});
