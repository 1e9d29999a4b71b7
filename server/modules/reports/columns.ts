import type { CollectionRow, RevenueRow, TaxRow } from './money-queries.ts';
import type { Debtor } from './receivable-queries.ts';
import type { ChurnRow, MrrRow } from './subscription-queries.ts';
import type { CellKind, Column } from './table.ts';

function column<K extends string>(key: K, en: string, id: string, kind: CellKind = 'text') {
  return { key, title: { en, id }, kind };
}

const month = column('month', 'Month', 'Bulan');
const packageName = column('package_name', 'Package', 'Paket');
const area = column('area', 'Area', 'Wilayah');

export const mrrColumns: readonly Column<MrrRow>[] = [
  packageName,
  area,
  column('active_subscriptions', 'Active subscriptions', 'Langganan aktif', 'number'),
  column('mrr', 'Monthly recurring revenue', 'Pendapatan berulang bulanan', 'money'),
  column('suspended_subscriptions', 'Suspended subscriptions', 'Langganan ditangguhkan', 'number'),
  column('suspended_mrr', 'Of suspended ones', 'Dari yang ditangguhkan', 'money'),
];

export const churnColumns: readonly Column<ChurnRow>[] = [
  month,
  column('at_start', 'At the start', 'Di awal', 'number'),
  column('new', 'New', 'Baru', 'number'),
  column('back', 'Back', 'Kembali', 'number'),
  column('cancelled', 'Cancelled', 'Dibatalkan', 'number'),
  column('expired', 'Expired', 'Kedaluwarsa', 'number'),
  column('lost', 'Lost', 'Hilang', 'number'),
  column('at_end', 'At the end', 'Di akhir', 'number'),
  column('rate', 'Lost, percent', 'Hilang, persen', 'number'),
];

export const revenueColumns: readonly Column<RevenueRow>[] = [
  month,
  packageName,
  area,
  column('revenue', 'Revenue without tax', 'Pendapatan tanpa pajak', 'money'),
  column('late_fees', 'Late fees', 'Denda keterlambatan', 'money'),
];

export const debtorColumns: readonly Column<Debtor>[] = [
  column('customer_id', 'Customer ID', 'ID pelanggan'),
  column('name', 'Customer', 'Pelanggan'),
  column('phone', 'Phone', 'Telepon'),
  area,
  column('invoices', 'Open invoices', 'Tagihan terbuka', 'number'),
  column('amount', 'Owed', 'Piutang', 'money'),
  column('not_due', 'Not due yet', 'Belum jatuh tempo', 'money'),
  column('days_1_30', '1–30 days late', 'Terlambat 1–30 hari', 'money'),
  column('days_31_60', '31–60 days late', 'Terlambat 31–60 hari', 'money'),
  column('days_61_90', '61–90 days late', 'Terlambat 61–90 hari', 'money'),
  column('over_90_days', 'Over 90 days late', 'Terlambat lebih dari 90 hari', 'money'),
];

/** `by` decides whether a period is a date. */
export const collectionColumns = (by: 'day' | 'month'): readonly Column<CollectionRow>[] => [
  by === 'day' ? column('period', 'Date', 'Tanggal', 'date') : column('period', 'Month', 'Bulan'),
  column('account', 'Account', 'Akun'),
  column('method', 'Method', 'Metode'),
  column('received_by_name', 'Taken by', 'Diterima oleh'),
  column('received', 'Received', 'Diterima', 'money'),
  column('returned', 'Returned', 'Dikembalikan', 'money'),
  column('net', 'Net', 'Bersih', 'money'),
];

export const taxColumns: readonly Column<TaxRow>[] = [
  month,
  column('name', 'Tax', 'Pajak'),
  column('rate', 'Rate, percent', 'Tarif, persen', 'number'),
  column('base', 'Base', 'Dasar pengenaan', 'money'),
  column('tax', 'Tax amount', 'Jumlah pajak', 'money'),
];
