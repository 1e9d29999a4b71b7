/** Refusals of the fleet: to installations, and to those who look after them. */
export const fleetErrors = {
  client_disabled: {
    status: 403,
    en: 'Your license has been disabled. Contact support.',
    id: 'Lisensi Anda dinonaktifkan. Hubungi dukungan.',
  },
  client_suspended: {
    status: 403,
    en: 'Updates are paused for your license. Contact support.',
    id: 'Pembaruan dijeda untuk lisensi Anda. Hubungi dukungan.',
  },
  not_offered: {
    status: 404,
    en: 'This version is not offered to you now. Check for updates again.',
    id: 'Versi ini sedang tidak ditawarkan untuk Anda. Periksa pembaruan lagi.',
  },
  rollout_open: {
    status: 409,
    en: 'This release has a rollout already. Go on with that one, or undo it first.',
    id: 'Rilis ini sudah punya rollout. Lanjutkan yang itu, atau batalkan dulu.',
  },
  rollout_state: {
    status: 409,
    en: 'The rollout is not in a state that allows this. Look at it again.',
    id: 'Status rollout tidak mengizinkan ini. Periksa lagi.',
  },
} as const;
