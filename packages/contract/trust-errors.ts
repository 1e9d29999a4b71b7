import type { Refusal } from './refusal.ts';

/** Refusals of signing and of what needs signatures. */
export const trustErrors = {
  trust_not_set_up: {
    status: 409,
    en: 'The keys that sign releases are not set up yet, or their first signatures are missing. Run ./nadi trust init, then ./nadi release sign-queue.',
    id: 'Kunci penanda tangan rilis belum disiapkan, atau tanda tangan pertamanya belum ada. Jalankan ./nadi trust init, lalu ./nadi release sign-queue.',
  },
  trust_set_up: {
    status: 409,
    en: 'The keys that sign releases are set up already. To change them, run ./nadi keys rotate.',
    id: 'Kunci penanda tangan rilis sudah disiapkan. Untuk menggantinya, jalankan ./nadi keys rotate.',
  },
  release_unsigned: {
    status: 409,
    en: 'Signatures of the offline keys are missing. Run ./nadi release sign, then publish.',
    id: 'Tanda tangan kunci offline belum ada. Jalankan ./nadi release sign, lalu terbitkan.',
  },
} as const satisfies Record<string, Refusal>;
