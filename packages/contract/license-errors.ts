import type { Refusal } from './refusal.ts';

interface LicenseRefusal extends Refusal {
  /** What to do next. */
  readonly action: { readonly en: string; readonly id: string };
}

/**
 * Refusals of the license wire (decisions.md), whose codes there are these in capitals, without `license_`. Where a fact helps, such as the
 * host a license lives on, the sentence is replaced by one that says it.
 */
export const licenseWireErrors = {
  license_key_format: {
    status: 422,
    en: 'This is not a license key: something in it is mistyped.',
    id: 'Ini bukan kunci lisensi: ada yang salah ketik.',
    action: {
      en: 'Compare the key with the one in your portal or e-mail, letter by letter, and type it again.',
      id: 'Cocokkan kunci dengan yang ada di portal atau email Anda, huruf demi huruf, lalu ketik lagi.',
    },
  },
  license_key_not_found: {
    status: 404,
    en: 'No license has this key. It may have been replaced by a newer one.',
    id: 'Tidak ada lisensi dengan kunci ini. Mungkin sudah diganti dengan kunci baru.',
    action: {
      en: 'Use the newest key that you drew. If it is lost, draw a new one in your portal.',
      id: 'Pakai kunci terbaru yang Anda buat. Kalau hilang, buat kunci baru di portal Anda.',
    },
  },
  license_already_paired: {
    status: 409,
    en: 'This license runs on another machine.',
    id: 'Lisensi ini berjalan di mesin lain.',
    action: {
      en: 'To use it here instead, choose "Move installation" (Pindah Instalasi). The other machine then stops being licensed.',
      id: 'Untuk memakainya di sini, pilih "Pindah Instalasi". Mesin yang lain lalu tidak lagi berlisensi.',
    },
  },
  license_node_limit: {
    status: 409,
    en: 'This license runs on as many machines as it allows.',
    id: 'Lisensi ini sudah berjalan di mesin sebanyak yang diizinkan.',
    action: {
      en: 'Unpair a machine that you no longer use, move one here, or ask for more nodes.',
      id: 'Lepas mesin yang tidak dipakai lagi, pindahkan salah satunya ke sini, atau minta tambahan node.',
    },
  },
  license_fingerprint_mismatch: {
    status: 409,
    en: 'The hardware is not that of the machine this installation was paired on.',
    id: 'Perangkat keras ini bukan milik mesin tempat instalasi ini dipasangkan.',
    action: {
      en: 'If you changed the server or restored a backup on another one, choose "Move installation" (Pindah Instalasi).',
      id: 'Kalau Anda mengganti server atau memulihkan cadangan di server lain, pilih "Pindah Instalasi".',
    },
  },
  license_not_paired: {
    status: 404,
    en: 'This installation is not paired with a license.',
    id: 'Instalasi ini tidak dipasangkan dengan lisensi.',
    action: {
      en: 'Enter the license key under Settings → License to pair it.',
      id: 'Masukkan kunci lisensi di Pengaturan → Lisensi untuk memasangkannya.',
    },
  },
  license_token_invalid: {
    status: 401,
    en: 'The license token is not one of ours, or was changed.',
    id: 'Token lisensi ini bukan dari kami, atau sudah diubah.',
    action: {
      en: 'Enter the license key again under Settings → License.',
      id: 'Masukkan lagi kunci lisensi di Pengaturan → Lisensi.',
    },
  },
  license_token_replaced: {
    status: 409,
    en: 'A newer token of this installation is in use: there is a copy of it, or it was restored from a backup.',
    id: 'Token yang lebih baru dari instalasi ini sedang dipakai: ada salinannya, atau ini dipulihkan dari cadangan.',
    action: {
      en: 'Stop the copy. On the machine that is to go on, enter the license key again under Settings → License.',
      id: 'Matikan salinannya. Di mesin yang akan dipakai, masukkan lagi kunci lisensi di Pengaturan → Lisensi.',
    },
  },
  license_suspended: {
    status: 403,
    en: 'This license is suspended.',
    id: 'Lisensi ini ditangguhkan.',
    action: {
      en: 'Pay what is open in your portal, or ask us. It works again at once after that.',
      id: 'Bayar tagihan yang terbuka di portal Anda, atau hubungi kami. Setelah itu langsung berjalan lagi.',
    },
  },
  license_revoked: {
    status: 403,
    en: 'This license was revoked.',
    id: 'Lisensi ini sudah dicabut.',
    action: {
      en: 'Ask us why. Your data stays yours: reading and exporting go on.',
      id: 'Tanyakan alasannya kepada kami. Data tetap milik Anda: membaca dan mengekspor tetap bisa.',
    },
  },
  license_expired: {
    status: 403,
    en: 'The paid time of this license is over.',
    id: 'Masa berlaku lisensi ini sudah habis.',
    action: {
      en: 'Renew it in your portal. It works again as soon as the payment is in.',
      id: 'Perpanjang di portal Anda. Lisensi berjalan lagi begitu pembayaran masuk.',
    },
  },
  license_moves_exceeded: {
    status: 403,
    en: 'All moves of this license within a year are used.',
    id: 'Semua jatah pindah lisensi ini dalam setahun sudah terpakai.',
    action: {
      en: 'Ask us for another move, and say why it is needed.',
      id: 'Minta tambahan jatah pindah kepada kami, dan sebutkan alasannya.',
    },
  },
  license_version_unsupported: {
    status: 426,
    en: 'This version of the application is too old to be licensed.',
    id: 'Versi aplikasi ini terlalu lama untuk dilisensi.',
    action: {
      en: 'Install the newest version, then try again.',
      id: 'Pasang versi terbaru, lalu coba lagi.',
    },
  },
  license_clock_skew: {
    status: 400,
    en: 'The clock of this machine is wrong.',
    id: 'Jam mesin ini salah.',
    action: {
      en: 'Set date and time, best by the network (timedatectl set-ntp true), then try again.',
      id: 'Atur tanggal dan jam, sebaiknya lewat jaringan (timedatectl set-ntp true), lalu coba lagi.',
    },
  },
  license_rate_limited: {
    status: 429,
    en: 'Too many wrong attempts. A right key works nevertheless.',
    id: 'Terlalu banyak percobaan yang salah. Kunci yang benar tetap diterima.',
    action: {
      en: 'Wait as long as Retry-After says, and check the key meanwhile.',
      id: 'Tunggu selama yang disebut Retry-After, dan periksa kuncinya.',
    },
  },
} as const satisfies Record<string, LicenseRefusal>;

/** Refusals of what the vendor and owners do with licenses. */
export const licenseErrors = {
  ...licenseWireErrors,
  license_of_subscription: {
    status: 409,
    en: 'This license follows its subscription. Change or renew that; its invoices extend the license.',
    id: 'Lisensi ini mengikuti langganannya. Ubah atau perpanjang langganan itu; tagihannya memperpanjang lisensi.',
  },
  license_state: {
    status: 409,
    en: 'The license is not in a state that allows this.',
    id: 'Status lisensi tidak mengizinkan ini.',
  },
  license_nodes_full: {
    status: 409,
    en: 'This license has as many installations as it allows. End one, or raise max_nodes.',
    id: 'Lisensi ini sudah punya instalasi sebanyak yang diizinkan. Akhiri salah satunya, atau naikkan max_nodes.',
  },
  license_plan_exists: {
    status: 409,
    en: 'This package has a plan already. Change that one.',
    id: 'Paket ini sudah punya rencana lisensi. Ubah yang itu.',
  },
  installation_ended: {
    status: 409,
    en: 'This installation runs no more.',
    id: 'Instalasi ini sudah tidak berjalan.',
  },
  customer_has_licenses: {
    status: 409,
    en: 'This customer has licenses, whose installations must stay known. Revoke them, and anonymise the customer instead.',
    id: 'Pelanggan ini punya lisensi yang instalasinya harus tetap tercatat. Cabut lisensinya, lalu gunakan anonimisasi.',
  },
} as const satisfies Record<string, Refusal>;
