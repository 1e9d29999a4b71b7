/** Refusals of what customers do themselves, and of what the office does for them there. */
export const portalErrors = {
  fresh_code_needed: {
    status: 403,
    en: 'Sign in again with a code, then do this within a quarter of an hour; or give your present password.',
    id: 'Masuk lagi dengan kode, lalu lakukan ini dalam seperempat jam; atau isi kata sandi Anda sekarang.',
  },
  customer_without_contact: {
    status: 409,
    en: 'This customer has no e-mail address or phone number to write to. Add one.',
    id: 'Pelanggan ini tidak punya alamat email atau nomor telepon. Tambahkan dulu.',
  },
  customer_inactive: {
    status: 409,
    en: 'Your account is closed: you can see it and pay what is open. For anything else call us.',
    id: 'Akun Anda sudah ditutup: Anda dapat melihatnya dan membayar yang tersisa. Untuk hal lain hubungi kami.',
  },
  payment_unavailable: {
    status: 409,
    en: 'This invoice cannot be paid online. Pay by transfer or in the office, and name the invoice number.',
    id: 'Tagihan ini tidak dapat dibayar online. Bayar lewat transfer atau di kantor, dan sebutkan nomor tagihan.',
  },
  package_request_open: {
    status: 409,
    en: 'A change of package was asked for already. Wait for the answer, or withdraw it first.',
    id: 'Penggantian paket sudah diminta. Tunggu jawabannya, atau tarik dulu permintaan itu.',
  },
  package_request_decided: {
    status: 409,
    en: 'This request was decided or withdrawn already.',
    id: 'Permintaan ini sudah diputuskan atau ditarik.',
  },
  package_request_dearer: {
    status: 409,
    en: 'The change would cost more now than the customer was shown. Refuse it and let them ask again.',
    id: 'Biayanya sekarang lebih besar daripada yang dilihat pelanggan. Tolak, lalu minta pelanggan mengajukan lagi.',
  },
  tickets_full: {
    status: 409,
    en: 'Too many tickets are open. Go on with one of them, or wait until one is closed.',
    id: 'Terlalu banyak tiket terbuka. Lanjutkan salah satunya, atau tunggu sampai ada yang ditutup.',
  },
  ticket_full: {
    status: 409,
    en: 'This ticket holds no more replies or files. Open a new one.',
    id: 'Tiket ini tidak dapat menampung balasan atau berkas lagi. Buat tiket baru.',
  },
} as const;
