import { fleetErrors } from './fleet-errors.ts';
import { licenseErrors } from './license-errors.ts';
import { moneyErrors } from './money-errors.ts';
import { portalErrors } from './portal-errors.ts';
import type { Refusal } from './refusal.ts';
import { releaseErrors } from './release-errors.ts';
import { trustErrors } from './trust-errors.ts';

/** Every refusal the API can answer with: its HTTP status and what it tells people, in English and Indonesian. */
export const errorCatalog = {
  validation_failed: {
    status: 422,
    en: 'Some fields are not right. Correct them and send again.',
    id: 'Ada isian yang belum benar. Perbaiki lalu kirim lagi.',
  },
  invalid_json: {
    status: 400,
    en: 'The body is not valid JSON.',
    id: 'Isi permintaan bukan JSON yang benar.',
  },
  bad_request: {
    status: 400,
    en: 'The request could not be understood.',
    id: 'Permintaan tidak dapat dipahami.',
  },
  unsupported_media_type: {
    status: 415,
    en: 'Send the body as application/json.',
    id: 'Kirim isi permintaan sebagai application/json.',
  },
  body_too_large: {
    status: 413,
    en: 'The body is too large; the limit is 1 MB.',
    id: 'Isi permintaan terlalu besar; batasnya 1 MB.',
  },
  headers_too_large: {
    status: 431,
    en: 'The headers of the request are too large.',
    id: 'Header permintaan terlalu besar.',
  },
  request_timeout: {
    status: 408,
    en: 'The request took too long to arrive.',
    id: 'Permintaan terlalu lama sampai.',
  },
  unauthenticated: {
    status: 401,
    en: 'Sign in first: send a valid token as "Authorization: Bearer …".',
    id: 'Masuk dulu: kirim token yang berlaku sebagai "Authorization: Bearer …".',
  },
  two_factor_required: {
    status: 422,
    en: 'Enter the code of your authenticator app, or a recovery code.',
    id: 'Masukkan kode dari aplikasi autentikator, atau kode pemulihan.',
  },
  csrf_mismatch: {
    status: 403,
    en: 'The page is too old or was opened elsewhere. Reload it and try again.',
    id: 'Halaman sudah kedaluwarsa atau dibuka di tempat lain. Muat ulang lalu coba lagi.',
  },
  forbidden: {
    status: 403,
    en: 'Your role or token does not allow this.',
    id: 'Peran atau token Anda tidak mengizinkan ini.',
  },
  not_found: { status: 404, en: 'Not found.', id: 'Tidak ditemukan.' },
  route_not_found: {
    status: 404,
    en: 'There is no such address. See /docs for all endpoints.',
    id: 'Alamat ini tidak ada. Lihat /docs untuk semua endpoint.',
  },
  method_not_allowed: {
    status: 405,
    en: 'This address does not take that method. See /docs.',
    id: 'Alamat ini tidak menerima metode itu. Lihat /docs.',
  },
  too_many_requests: {
    status: 429,
    en: 'Too many requests. Wait as long as Retry-After says.',
    id: 'Terlalu banyak permintaan. Tunggu selama yang disebut Retry-After.',
  },
  read_only: {
    status: 503,
    en: 'Nadi is read-only for a short while; nothing was changed. Try again later.',
    id: 'Nadi sedang hanya-baca untuk sementara; tidak ada yang diubah. Coba lagi nanti.',
  },
  unavailable: {
    status: 503,
    en: 'The database cannot be reached just now; nothing was changed. Try again in a moment.',
    id: 'Basis data sedang tidak dapat dihubungi; tidak ada yang diubah. Coba lagi sebentar.',
  },
  internal: {
    status: 500,
    en: 'Something went wrong on our side. Tell the administrator the request id.',
    id: 'Ada yang salah di sisi kami. Beri tahu administrator id permintaan ini.',
  },
  conflict: {
    status: 409,
    en: 'Somebody changed this at the same moment. Look again and repeat.',
    id: 'Ada yang mengubah ini pada saat yang sama. Periksa lalu ulangi.',
  },
  ...portalErrors,
  customer_has_invoices: {
    status: 409,
    en: 'This customer has invoices, which must be kept. Anonymise the customer instead.',
    id: 'Pelanggan ini punya tagihan yang harus disimpan. Gunakan anonimisasi.',
  },
  customer_has_subscriptions: {
    status: 409,
    en: 'This customer still has subscriptions that are not cancelled. Cancel them first.',
    id: 'Pelanggan ini masih punya langganan yang belum dibatalkan. Batalkan dulu.',
  },
  package_in_use: {
    status: 409,
    en: 'Subscriptions use this package. Set is_active to false instead of deleting it.',
    id: 'Paket ini dipakai langganan. Ubah is_active menjadi false, jangan dihapus.',
  },
  subscription_state: {
    status: 409,
    en: 'The subscription is not in a state that allows this.',
    id: 'Status langganan tidak mengizinkan ini.',
  },
  invoice_paid: {
    status: 409,
    en: 'This invoice is already paid.',
    id: 'Tagihan ini sudah lunas.',
  },
  invoice_cancelled: {
    status: 409,
    en: 'This invoice was cancelled; it takes no payment and no change.',
    id: 'Tagihan ini sudah dibatalkan; tidak menerima pembayaran atau perubahan.',
  },
  invoice_has_payments: {
    status: 409,
    en: 'This invoice has payments. Reverse them before cancelling it.',
    id: 'Tagihan ini punya pembayaran. Batalkan pembayarannya dulu.',
  },
  invoice_due_date_passed: {
    status: 409,
    en: 'The due date has passed or the invoice is closed; it can no longer be moved.',
    id: 'Jatuh tempo sudah lewat atau tagihan sudah ditutup; tidak dapat diubah lagi.',
  },
  period_already_invoiced: {
    status: 409,
    en: 'This subscription already has an invoice for that period.',
    id: 'Langganan ini sudah punya tagihan untuk periode itu.',
  },
  router_in_use: {
    status: 409,
    en: 'Customers are served by this router. Move them to another one first.',
    id: 'Router ini masih melayani pelanggan. Pindahkan dulu ke router lain.',
  },
  no_router: {
    status: 409,
    en: 'There is no such router, or none is active. Add one under router-settings, or make one the default.',
    id: 'Router ini tidak ada, atau tidak ada yang aktif. Tambahkan di router-settings, atau jadikan salah satu default.',
  },
  router_trouble: {
    status: 409,
    en: 'The router cannot be reached or refuses.',
    id: 'Router tidak dapat dihubungi atau menolak.',
  },
  nothing_held: {
    status: 409,
    en: 'That is not what is held back now. Look at the router’s state again.',
    id: 'Bukan itu yang sedang ditahan. Periksa lagi status router.',
  },
  router_entry_owned: {
    status: 409,
    en: 'This entry belongs to a subscription. To remove it, cancel the subscription; the router follows.',
    id: 'Entri ini milik sebuah langganan. Untuk menghapusnya, batalkan langganannya; router akan mengikuti.',
  },
  account_in_use: {
    status: 409,
    en: 'An active subscription uses this account. Disable it (disabled), or suspend or cancel the subscription first.',
    id: 'Akun ini dipakai langganan yang aktif. Nonaktifkan akunnya (disabled), atau isolir atau batalkan langganannya dulu.',
  },
  invoice_prorated: {
    status: 409,
    en: 'The package was changed inside this period, and its unused days were credited. The invoice must stay; give a credit instead.',
    id: 'Paket diganti di dalam periode ini, dan hari yang tidak terpakai sudah dikreditkan. Tagihan harus tetap ada; berikan kredit saja.',
  },
  invoice_joint: {
    status: 409,
    en: 'Time to come is on an open invoice together with other subscriptions. Void that invoice first, and the run invoices the others anew; or cancel now with credit.',
    id: 'Waktu mendatang ada di tagihan terbuka bersama langganan lain. Batalkan dulu tagihan itu, lalu langganan lain ditagih ulang otomatis; atau berhenti sekarang dengan kredit.',
  },
  change_backdated: {
    status: 409,
    en: 'The package was changed on a later day already. A change cannot be backdated; check the date and time zone.',
    id: 'Paket sudah diganti pada tanggal yang lebih baru. Penggantian tidak bisa mundur; periksa tanggal dan zona waktu.',
  },
  customer_anonymised: {
    status: 409,
    en: 'This customer was anonymised. Delete the draft.',
    id: 'Pelanggan ini sudah dianonimkan. Hapus draf ini.',
  },
  invoice_draft: {
    status: 409,
    en: 'This invoice is still a draft. Issue it first.',
    id: 'Tagihan ini masih draf. Terbitkan dulu.',
  },
  invoice_not_draft: {
    status: 409,
    en: 'This invoice is issued already; only a draft can be changed or issued like this. Void it and make a new one.',
    id: 'Tagihan ini sudah terbit; hanya draf yang dapat diubah atau diterbitkan begini. Batalkan lalu buat yang baru.',
  },
  billing_run_state: {
    status: 409,
    en: 'Only a run that failed or was interrupted can be repeated. Start a new run instead.',
    id: 'Hanya proses tagihan yang gagal atau terputus yang dapat diulang. Jalankan proses baru.',
  },
  charge_invoiced: {
    status: 409,
    en: 'This charge is on an invoice already. Void the invoice first, or add a credit.',
    id: 'Biaya ini sudah ada di tagihan. Batalkan tagihannya dulu, atau tambahkan kredit.',
  },
  limit_reached: {
    status: 409,
    en: 'There are 50 of these already. End or cancel one first.',
    id: 'Sudah ada 50. Hentikan atau batalkan salah satu dulu.',
  },
  quota_config_exists: {
    status: 409,
    en: 'This membership type has an active quota already. Change that one, or switch it off first.',
    id: 'Jenis keanggotaan ini sudah punya kuota aktif. Ubah yang itu, atau nonaktifkan dulu.',
  },
  quota_none: {
    status: 409,
    en: 'This member has no quota that runs: an active subscription and a quota are needed.',
    id: 'Anggota ini tidak punya kuota yang berjalan: perlu langganan aktif dan kuota.',
  },
  last_administrator: {
    status: 409,
    en: 'This is the last active administrator. Make another one first.',
    id: 'Ini administrator aktif terakhir. Buat yang lain dulu.',
  },
  own_account: {
    status: 409,
    en: 'Nobody may do this to their own account. Ask another administrator.',
    id: 'Ini tidak boleh dilakukan pada akun sendiri. Minta administrator lain.',
  },
  two_factor_state: {
    status: 409,
    en: 'Two-factor sign-in is not in a state that allows this.',
    id: 'Status verifikasi dua langkah tidak mengizinkan ini.',
  },
  ...moneyErrors,
  ...licenseErrors,
  ...trustErrors,
  ...fleetErrors,
  ...releaseErrors,
} as const satisfies Record<string, Refusal>;

/** The stable machine-readable name of a refusal. */
export type ErrorCode = keyof typeof errorCatalog;
