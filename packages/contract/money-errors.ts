import type { Refusal } from './refusal.ts';

/** Refusals of payments, balances, drawers and gateways. */
export const moneyErrors = {
  books_closed: {
    status: 409,
    en: 'The books of that day are closed. Use a later date.',
    id: 'Pembukuan hari itu sudah ditutup. Gunakan tanggal sesudahnya.',
  },
  balance_used: {
    status: 409,
    en: 'What this payment left on the balance was used already. Reverse the payment that used it first.',
    id: 'Sisa pembayaran ini di saldo sudah terpakai. Batalkan dulu pembayaran yang memakainya.',
  },
  balance_too_low: {
    status: 409,
    en: 'The customer’s balance is less than that. Use a smaller amount.',
    id: 'Saldo pelanggan kurang dari itu. Gunakan jumlah yang lebih kecil.',
  },
  deposit_too_low: {
    status: 409,
    en: 'The customer’s deposit is less than that. Use a smaller amount.',
    id: 'Deposit pelanggan kurang dari itu. Gunakan jumlah yang lebih kecil.',
  },
  movement_reversed: {
    status: 409,
    en: 'This movement was already undone, or it undoes another.',
    id: 'Mutasi ini sudah dibatalkan, atau membatalkan mutasi lain.',
  },
  credit_too_high: {
    status: 409,
    en: 'That is more than is left of the invoice after its earlier credit notes.',
    id: 'Itu melebihi sisa tagihan setelah nota kredit sebelumnya.',
  },
  invoice_has_credit_notes: {
    status: 409,
    en: 'This invoice has credit notes; it can no longer be cancelled. Credit the rest instead.',
    id: 'Tagihan ini punya nota kredit; tidak dapat dibatalkan lagi. Buat nota kredit untuk sisanya.',
  },
  customer_has_funds: {
    status: 409,
    en: 'This customer’s balance or deposit was used, which must be kept. Anonymise the customer instead.',
    id: 'Saldo atau deposit pelanggan ini pernah dipakai dan harus disimpan. Gunakan anonimisasi.',
  },
  drawer_empty: {
    status: 409,
    en: 'There is nothing in your drawer to close.',
    id: 'Tidak ada yang perlu ditutup di laci Anda.',
  },
  drawer_filled: {
    status: 409,
    en: 'This person’s cash drawer is not closed yet. Have it counted and closed first, by that person or by an administrator.',
    id: 'Laci kas orang ini belum ditutup. Hitung dan tutup dulu, oleh yang bersangkutan atau oleh administrator.',
  },
  not_genuine: {
    status: 403,
    en: 'This is not signed by the payment gateway. If it is, check the server key or callback token in the configuration.',
    id: 'Ini tidak ditandatangani oleh payment gateway. Kalau memang asli, periksa server key atau callback token di konfigurasi.',
  },
  gateway_off: {
    status: 409,
    en: 'This way to pay is not set up. Put its keys into the configuration.',
    id: 'Cara bayar ini belum disiapkan. Isi kuncinya di konfigurasi.',
  },
  gateway_trouble: {
    status: 409,
    en: 'The payment gateway cannot be reached or refuses. Nothing was booked; try again in a moment.',
    id: 'Payment gateway tidak dapat dihubungi atau menolak. Tidak ada yang dibukukan; coba lagi sebentar.',
  },
  order_not_open: {
    status: 409,
    en: 'This payment order is not open any more.',
    id: 'Permintaan bayar ini sudah tidak terbuka.',
  },
  order_not_held: {
    status: 409,
    en: 'Nothing of that order waits for a decision.',
    id: 'Tidak ada yang menunggu keputusan pada permintaan bayar ini.',
  },
  refund_not_possible: {
    status: 409,
    en: 'This payment cannot be given back through its gateway, or not so much of it. Give it back yourself, then reverse the payment.',
    id: 'Pembayaran ini tidak dapat dikembalikan lewat gateway-nya, atau tidak sebanyak itu. Kembalikan sendiri, lalu batalkan pembayarannya.',
  },
  payment_reversed: {
    status: 409,
    en: 'This payment was already reversed.',
    id: 'Pembayaran ini sudah dibatalkan.',
  },
} as const satisfies Record<string, Refusal>;
