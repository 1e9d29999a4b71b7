import type { Language } from '#kit/errors.ts';

/** What the page says. */
export const words = {
  id: {
    blocked: 'Internet Anda sedang diisolir',
    owing: 'Tagihan internet Anda',
    settled: 'Tidak ada tagihan yang belum dibayar',
    general: 'Pemberitahuan layanan internet',
    blockedText: 'Ada tagihan yang belum dibayar. Silakan bayar agar internet Anda aktif kembali.',
    blockedWithout: 'Layanan Anda sedang dihentikan. Silakan hubungi kami.',
    usedUpText:
      'Kuota internet Anda sudah habis. Silakan hubungi kami untuk menambahnya, atau tunggu periode berikutnya.',
    owingText: 'Mohon dibayar sebelum jatuh tempo.',
    settledText: 'Kalau internet Anda tidak jalan, silakan hubungi kami.',
    generalText:
      'Kalau internet Anda tidak jalan, mungkin ada tagihan yang belum dibayar. Silakan hubungi kami untuk menanyakannya.',
    total: 'Total yang harus dibayar',
    due: 'Jatuh tempo',
    more: (count: number) => `dan ${count} tagihan lain`,
    payOnline: 'Bayar online',
    howToPay: 'Cara membayar',
    askUs: 'Hubungi kami untuk cara membayar.',
    afterwards:
      'Setelah pembayaran kami terima, internet aktif kembali dengan sendirinya dalam beberapa menit.',
    contact: 'Hubungi kami',
    phone: 'Telepon',
    other: 'English',
  },
  en: {
    blocked: 'Your internet is suspended',
    owing: 'Your internet bill',
    settled: 'Nothing is left to pay',
    general: 'About your internet service',
    blockedText: 'There is an unpaid bill. Please pay it to get your internet back.',
    blockedWithout: 'Your service is stopped. Please contact us.',
    usedUpText: 'Your internet quota is used up. Please contact us for more, or wait for the next period.',
    owingText: 'Please pay before it is due.',
    settledText: 'If your internet does not work, please contact us.',
    generalText: 'If your internet does not work, there may be an unpaid bill. Please contact us and ask.',
    total: 'Total to pay',
    due: 'Due',
    more: (count: number) => `and ${count} more`,
    payOnline: 'Pay online',
    howToPay: 'How to pay',
    askUs: 'Contact us to learn how to pay.',
    afterwards: 'Once your payment has reached us, your internet comes back by itself within a few minutes.',
    contact: 'Contact us',
    phone: 'Phone',
    other: 'Bahasa Indonesia',
  },
} as const satisfies Record<Language, object>;
