import type { CustomerEvent } from '#contract';
import type { Language } from '#kit/errors.ts';

export interface Text {
  readonly subject: string;
  readonly body: string;
}

/** Greeting, sentences, and who writes: each part stands by itself. */
const letter = (greeting: string, ...parts: readonly string[]): string =>
  [`${greeting} {{customer_name}},`, ...parts, '{{company}} {{company_phone}}'].join('\n\n');

const halo = (...parts: readonly string[]) => letter('Halo', ...parts);
const hello = (...parts: readonly string[]) => letter('Hello', ...parts);

const bayar = 'Bayar di sini: {{pay_url}}\n{{how_to_pay}}';
const pay = 'Pay here: {{pay_url}}\n{{how_to_pay}}';

const indonesian: Readonly<Record<CustomerEvent, Text>> = {
  invoice_issued: {
    subject: 'Tagihan {{invoice_number}}: {{amount}}',
    body: halo(
      'Tagihan {{invoice_number}} sebesar {{amount}} sudah terbit. Mohon dibayar paling lambat {{due_date}}.',
      bayar,
      'Terima kasih.',
    ),
  },
  invoice_reminder: {
    subject: 'Pengingat: {{amount}} jatuh tempo {{due_date}}',
    body: halo(
      'Tagihan {{invoice_number}} sebesar {{amount}} jatuh tempo {{days}} hari lagi, pada {{due_date}}.',
      bayar,
      'Terima kasih.',
    ),
  },
  invoice_due: {
    subject: 'Jatuh tempo hari ini: {{amount}}',
    body: halo(
      'Tagihan {{invoice_number}} sebesar {{amount}} jatuh tempo hari ini, {{due_date}}.',
      bayar,
      'Terima kasih.',
    ),
  },
  invoice_overdue: {
    subject: 'Belum dibayar: {{amount}}',
    body: halo(
      'Tagihan {{invoice_number}} sebesar {{amount}} sudah lewat {{days}} hari dari jatuh tempo {{due_date}}. Mohon dibayar agar internet tetap menyala.',
      bayar,
      'Sudah membayar? Abaikan pesan ini.',
    ),
  },
  payment_received: {
    subject: 'Pembayaran diterima: {{amount}}',
    body: halo(
      'Pembayaran {{amount}} untuk tagihan {{invoice_number}} sudah kami terima pada {{paid_on}}. Nomor kuitansi: {{receipt_number}}.',
      'Terima kasih.',
    ),
  },
  service_suspended: {
    subject: 'Internet Anda dihentikan sementara',
    body: halo(
      'Layanan {{package}} dihentikan sementara. Kalau ada tagihan yang belum dibayar, layanan menyala lagi setelah dibayar. Ada pertanyaan? Hubungi kami.',
    ),
  },
  service_resumed: {
    subject: 'Internet Anda menyala lagi',
    body: halo(
      'Layanan {{package}} sudah menyala lagi. Kalau belum tersambung, matikan router sebentar lalu nyalakan lagi.',
      'Terima kasih.',
    ),
  },
  quota_threshold: {
    subject: 'Kuota terpakai {{percent}} %',
    body: halo(
      'Kuota Anda sudah terpakai {{percent}} %: {{used_gb}} GB dari {{quota_gb}} GB. Kuota ini berlaku sampai {{until}}.',
    ),
  },
  ticket_replied: {
    subject: 'Jawaban: {{ticket}}',
    body: halo('Kami sudah menjawab tiket Anda, "{{ticket}}". Baca jawabannya di sini:\n{{portal_url}}'),
  },
  portal_invited: {
    subject: 'Akun Anda di {{company}}',
    body: halo(
      'Lihat tagihan, pembayaran dan pemakaian Anda di sini:\n{{portal_url}}',
      'Masuk dengan {{login}}. Anda mendapat kode, tidak perlu kata sandi.',
    ),
  },
  sign_in_code: {
    subject: 'Kode dari {{company}}',
    body: 'Kode Anda: {{code}}. Berlaku sekali, selama {{minutes}} menit. Jangan berikan kepada siapa pun. Tidak memintanya? Abaikan pesan ini.\n\n{{company}} {{company_phone}}',
  },
};

const english: Readonly<Record<CustomerEvent, Text>> = {
  invoice_issued: {
    subject: 'Invoice {{invoice_number}}: {{amount}}',
    body: hello(
      'Invoice {{invoice_number}} of {{amount}} is ready. Please pay by {{due_date}}.',
      pay,
      'Thank you.',
    ),
  },
  invoice_reminder: {
    subject: 'Reminder: {{amount}} due {{due_date}}',
    body: hello(
      'Invoice {{invoice_number}} of {{amount}} is due in {{days}} days, on {{due_date}}.',
      pay,
      'Thank you.',
    ),
  },
  invoice_due: {
    subject: 'Due today: {{amount}}',
    body: hello('Invoice {{invoice_number}} of {{amount}} is due today, {{due_date}}.', pay, 'Thank you.'),
  },
  invoice_overdue: {
    subject: 'Not paid yet: {{amount}}',
    body: hello(
      'Invoice {{invoice_number}} of {{amount}} is {{days}} days past its due date, {{due_date}}. Please pay, so that your internet stays on.',
      pay,
      'Paid already? Then ignore this message.',
    ),
  },
  payment_received: {
    subject: 'Payment received: {{amount}}',
    body: hello(
      'We received your payment of {{amount}} for invoice {{invoice_number}} on {{paid_on}}. Receipt number: {{receipt_number}}.',
      'Thank you.',
    ),
  },
  service_suspended: {
    subject: 'Your internet is paused',
    body: hello(
      '{{package}} is paused. If an invoice is not paid yet, it is switched on again once it is paid. Questions? Call us.',
    ),
  },
  service_resumed: {
    subject: 'Your internet is on again',
    body: hello(
      '{{package}} is on again. If you are not connected yet, switch your router off for a moment and on again.',
      'Thank you.',
    ),
  },
  quota_threshold: {
    subject: '{{percent}} % of your quota used',
    body: hello(
      'You have used {{percent}} % of your quota: {{used_gb}} GB of {{quota_gb}} GB. This quota runs until {{until}}.',
    ),
  },
  ticket_replied: {
    subject: 'Answer: {{ticket}}',
    body: hello('We answered your ticket, "{{ticket}}". Read the answer here:\n{{portal_url}}'),
  },
  portal_invited: {
    subject: 'Your account at {{company}}',
    body: hello(
      'See your invoices, payments and usage here:\n{{portal_url}}',
      'Sign in with {{login}}. You get a code; a password is not needed.',
    ),
  },
  sign_in_code: {
    subject: 'Code from {{company}}',
    body: 'Your code: {{code}}. It works once, for {{minutes}} minutes. Give it to nobody. You did not ask for it? Ignore this message.\n\n{{company}} {{company_phone}}',
  },
};

/** What is said unless a template says it otherwise. */
export const defaultTexts: Readonly<Record<Language, Readonly<Record<CustomerEvent, Text>>>> = {
  id: indonesian,
  en: english,
};
