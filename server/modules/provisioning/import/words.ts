import type { Message } from '#kit/errors.ts';

/** Why an entry stays as it is, and what to do. */
export const reasons = {
  service: {
    en: 'This user dials by another service than PPPoE.',
    id: 'Pengguna ini memakai layanan selain PPPoE.',
  },
  name: {
    en: 'A username has at most 64 letters, digits and . _ @ + -. Rename it on the router and import again.',
    id: 'Username paling banyak 64 huruf, angka dan . _ @ + -. Ganti namanya di router lalu impor lagi.',
  },
  password: {
    en: 'The router shows no password. Let Nadi’s user on it see them (policy sensitive), or set one.',
    id: 'Router tidak menunjukkan password. Beri user Nadi di router hak melihatnya (policy sensitive), atau isi password.',
  },
  address: {
    en: 'This entry names a pool instead of an address. Put the pool into a profile and import again.',
    id: 'Entri ini memakai nama pool, bukan alamat. Pindahkan pool ke profil lalu impor lagi.',
  },
  target: {
    en: 'This queue is not for exactly one address.',
    id: 'Queue ini bukan untuk tepat satu alamat.',
  },
  belongs: {
    en: 'This queue is for the address or the name of another entry.',
    id: 'Queue ini untuk alamat atau nama entri lain.',
  },
  voucher: {
    en: 'This looks like a voucher: it has a limit of time or bytes.',
    id: 'Ini seperti voucher: ada batas waktu atau kuota.',
  },
  queue_off: {
    en: 'This queue is switched off: switched on, it would change a speed.',
    id: 'Queue ini mati: kalau dinyalakan, kecepatan akan berubah.',
  },
  mark: {
    en: 'It bears Nadi’s mark, but its subscription is not here. Take the mark off its comment to import it.',
    id: 'Bertanda Nadi, tetapi langganannya tidak ada di sini. Hapus tandanya dari komentar kalau ingin diimpor.',
  },
  twice: {
    en: 'Another entry of this router has the same name.',
    id: 'Entri lain di router ini memakai nama yang sama.',
  },
  elsewhere: {
    en: 'This username is in use here for a customer of another router. Move that customer to this router, or rename one of the two.',
    id: 'Username ini sudah dipakai pelanggan di router lain. Pindahkan pelanggan itu ke router ini, atau ganti nama salah satunya.',
  },
  kind: {
    en: 'The subscription of this username has a package of another type.',
    id: 'Langganan username ini memakai paket jenis lain.',
  },
  state: {
    en: 'Here the subscription has another state than on the router: taking it over would switch somebody on or off. Decide here or there, then import again.',
    id: 'Status langganan di sini berbeda dengan di router: mengambil alih akan menyalakan atau mematikan pelanggan. Samakan dulu, lalu impor lagi.',
  },
  package: {
    en: 'No package is known to be this profile. Add one, or say which in "packages".',
    id: 'Belum ada paket untuk profil ini. Tambahkan paketnya, atau sebutkan di "packages".',
  },
  speed: {
    en: 'The package has another speed than this queue.',
    id: 'Kecepatan paket berbeda dengan queue ini.',
  },
  customer: {
    en: 'A customer of this name is served by another router. Change the comment, or move the customer.',
    id: 'Pelanggan dengan nama ini dilayani router lain. Ganti komentarnya, atau pindahkan pelanggannya.',
  },
  off: {
    en: 'It is switched off, and stays so: it comes as expired, and is billed from the day it is activated.',
    id: 'Entri ini mati dan tetap mati: masuk sebagai kedaluwarsa, dan ditagih sejak hari diaktifkan.',
  },
} as const satisfies Record<string, Message>;

export type Reason = keyof typeof reasons;
