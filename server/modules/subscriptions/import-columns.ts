import { z } from 'zod';
import { customerFields, date, line, subscriptions, username } from '#contract';
import { chosen } from '#kit/csv/cells.ts';
import type { ColumnSet, LineFault } from '#kit/csv/columns.ts';
import type { Message } from '#kit/errors.ts';

const choices = {
  status: { aktif: 'active', isolir: 'suspended', terisolir: 'suspended', ditangguhkan: 'suspended' },
  auto_renew: { true: true, yes: true, ya: true, 1: true, false: false, no: false, tidak: false, 0: false },
} as const;

const { mikrotik_password: password, comment } = subscriptions.createSubscription.body.shape;

/** What each cell must hold: the same as the API takes, so that a file and a form agree. */
const lineSchema = z.object({
  name: line(),
  email: customerFields.email,
  phone: customerFields.phone,
  address: customerFields.address,
  package: line(),
  username,
  password,
  start_date: date.optional(),
  end_date: date.optional(),
  status: chosen({ active: 'active', suspended: 'suspended', ...choices.status }),
  auto_renew: chosen(choices.auto_renew),
  comment,
});

export type ImportValues = z.output<typeof lineSchema>;
type Column = keyof ImportValues;

/** What to write, said after what is wrong. */
const hints: Readonly<Record<Column, Message>> = {
  name: {
    en: 'Write the subscriber’s name, at most 255 characters.',
    id: 'Tulis nama pelanggan, paling banyak 255 huruf.',
  },
  email: {
    en: 'Write an address like budi@example.com, or leave it empty.',
    id: 'Tulis alamat seperti budi@example.com, atau kosongkan.',
  },
  phone: {
    en: 'Write a number like 0812-3456-7890; where Excel shows 8.12E+11, format the column as text first.',
    id: 'Tulis nomor seperti 0812-3456-7890; kalau Excel menampilkan 8,12E+11, ubah dulu format kolom menjadi teks.',
  },
  address: { en: 'Write at most 2000 characters.', id: 'Tulis paling banyak 2000 huruf.' },
  package: { en: 'Write the name of a package.', id: 'Tulis nama paket.' },
  username: {
    en: 'Write a username like budi.santoso, at most 64 characters.',
    id: 'Tulis username seperti budi.santoso, paling banyak 64 huruf.',
  },
  password: {
    en: 'Write at most 64 characters without spaces, or leave it empty to have one made.',
    id: 'Tulis paling banyak 64 huruf tanpa spasi, atau kosongkan supaya dibuatkan.',
  },
  start_date: { en: 'Write a date like 2026-01-31.', id: 'Tulis tanggal seperti 2026-01-31.' },
  end_date: {
    en: 'Write the first unpaid day like 2026-01-31.',
    id: 'Tulis hari pertama yang belum dibayar seperti 2026-01-31.',
  },
  status: {
    en: 'Write active or suspended (aktif, isolir), or leave it empty.',
    id: 'Tulis aktif atau isolir (active, suspended), atau kosongkan.',
  },
  auto_renew: {
    en: 'Write yes or no (ya, tidak), or leave it empty.',
    id: 'Tulis ya atau tidak (yes, no), atau kosongkan.',
  },
  comment: { en: 'Write at most 500 characters.', id: 'Tulis paling banyak 500 huruf.' },
};

/** Names by which a column goes beside its own; those of `ignored` are passed over. */
const aliases: Readonly<Record<string, Column | 'ignored'>> = {
  nama: 'name',
  nama_pelanggan: 'name',
  pelanggan: 'name',
  e_mail: 'email',
  surel: 'email',
  telepon: 'phone',
  telp: 'phone',
  no_telepon: 'phone',
  no_hp: 'phone',
  hp: 'phone',
  whatsapp: 'phone',
  alamat: 'address',
  paket: 'package',
  user: 'username',
  nama_pengguna: 'username',
  mikrotik_username: 'username',
  kata_sandi: 'password',
  sandi: 'password',
  mikrotik_password: 'password',
  mulai: 'start_date',
  tanggal_mulai: 'start_date',
  tgl_mulai: 'start_date',
  berakhir: 'end_date',
  tanggal_berakhir: 'end_date',
  tgl_berakhir: 'end_date',
  jatuh_tempo: 'end_date',
  perpanjang_otomatis: 'auto_renew',
  otomatis: 'auto_renew',
  catatan: 'comment',
  keterangan: 'comment',
  no: 'ignored',
  nomor: 'ignored',
};

/** Something to correct in the file. */
export interface ImportFault extends LineFault {
  /** The username somebody else has, for which a free one is proposed. */
  readonly taken?: string;
}

/** The columns of a file of customers. */
export const customerColumns: ColumnSet<ImportValues> = {
  schema: lineSchema,
  hints,
  aliases,
  required: ['name', 'package', 'username'],
  dates: ['start_date', 'end_date'],
};
