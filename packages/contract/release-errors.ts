import type { Refusal } from './refusal.ts';

/** Refusals of releases. */
export const releaseErrors = {
  release_exists: {
    status: 409,
    en: 'There is a release with this version already. Versions are never used twice: take the next one.',
    id: 'Sudah ada rilis dengan versi ini. Versi tidak pernah dipakai dua kali: pakai yang berikutnya.',
  },
  release_state: {
    status: 409,
    en: 'The release is not in a state that allows this. A draft is changed, then signed, then published; a published one is held or yanked.',
    id: 'Status rilis tidak mengizinkan ini. Draf diubah, lalu ditandatangani, lalu diterbitkan; yang terbit dapat ditahan atau ditarik.',
  },
  release_empty: {
    status: 409,
    en: 'This release has no files yet. Send its archive first.',
    id: 'Rilis ini belum punya berkas. Kirim arsipnya dulu.',
  },
  release_archive: {
    status: 422,
    en: 'The archive cannot be a release.',
    id: 'Arsip ini tidak dapat menjadi rilis.',
  },
  release_store: {
    status: 503,
    en: 'The place where releases are kept cannot be reached just now; nothing was changed. Check RELEASES_DIR or RELEASES_S3_*.',
    id: 'Tempat penyimpanan rilis sedang tidak dapat dihubungi; tidak ada yang diubah. Periksa RELEASES_DIR atau RELEASES_S3_*.',
  },
} as const satisfies Record<string, Refusal>;
