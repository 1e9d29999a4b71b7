import type { Language } from '#kit/errors.ts';
import type { Digest, Notice } from './digest.ts';
import type { BusinessEvent } from './events.ts';
import { rupiah } from './rules.ts';

/** So many are named; of more, only the number is told. */
const mostNamed = 10;
const marks = { critical: '🔴', warning: '🟠', info: '🔵' } as const;
const severities = ['critical', 'warning', 'info'] as const;

const kinds: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  device_down: { id: 'perangkat mati', en: 'devices down' },
  device_up: { id: 'perangkat hidup lagi', en: 'devices up again' },
  high_latency: { id: 'perangkat lambat', en: 'devices slow' },
  packet_loss: { id: 'perangkat kehilangan paket', en: 'devices losing packets' },
  payment: { id: 'pemberitahuan pembayaran', en: 'payment alerts' },
  subscription: { id: 'pemberitahuan langganan', en: 'subscription alerts' },
  system: { id: 'pemberitahuan sistem', en: 'system alerts' },
  quota: { id: 'pemberitahuan kuota', en: 'quota alerts' },
  security: { id: 'pemberitahuan keamanan', en: 'security alerts' },
  update: { id: 'pemberitahuan pembaruan', en: 'update alerts' },
  license: { id: 'pemberitahuan lisensi', en: 'license alerts' },
};

const business: Readonly<Record<BusinessEvent, Readonly<Record<Language, string>>>> = {
  invoice_issued: { id: 'tagihan terbit', en: 'invoices issued' },
  payment_received: { id: 'pembayaran diterima', en: 'payments received' },
  service_suspended: { id: 'layanan dihentikan sementara', en: 'services paused' },
  service_resumed: { id: 'layanan menyala lagi', en: 'services on again' },
};

interface Group {
  readonly event: string;
  readonly notices: readonly Notice[];
}

/** One message of many notices: what is worst first, alike ones together. */
export function wordsOf({ tell, behind }: Digest, language: Language): { subject: string; body: string } {
  const groups: Group[] = [...Map.groupBy(tell, ({ event }) => event)].map(([event, notices]) => ({
    event,
    notices,
  }));
  groups.sort((one, other) => rankOf(one) - rankOf(other));
  const parts = groups.map((group) => partOf(group, behind, language));
  const [first] = parts;
  const more = parts.length - 1;
  const others = language === 'id' ? `dan ${more} hal lain` : `and ${more} more`;
  return {
    subject: `${first?.title ?? ''}${more > 0 ? `, ${others}` : ''}`,
    body: parts
      .map(({ title, lines }, at) => (at === 0 && parts.length === 1 ? lines : [title, ...lines]).join('\n'))
      .join('\n\n'),
  };
}

const rankOf = ({ notices }: Group): number =>
  Math.min(...notices.map(({ severity }) => severities.indexOf(severity)));

function partOf(
  { event, notices }: Group,
  behind: ReadonlyMap<string, number>,
  language: Language,
): { title: string; lines: readonly string[] } {
  const mark = marks[severities[rankOf({ event, notices })] ?? 'info'];
  const words = business[event as BusinessEvent]; // Undefined for any other event.
  if (words !== undefined) return businessPart(mark, words[language], notices);
  const [only] = notices;
  if (notices.length === 1 && only !== undefined)
    return {
      title: `${mark} ${only.title}`,
      lines: [withBehind(only.message ?? '', only, behind, language)],
    };
  const lines = notices
    .slice(0, mostNamed)
    .map((notice) => withBehind(`- ${notice.title}: ${notice.message}`, notice, behind, language));
  const rest = notices.length - mostNamed;
  const tail = rest <= 0 ? [] : [language === 'id' ? `… dan ${rest} lagi` : `… and ${rest} more`];
  return {
    title: `${mark} ${notices.length} ${kinds[event]?.[language] ?? event}`,
    lines: [...lines, ...tail],
  };
}

function withBehind(
  line: string,
  { subject, event }: Notice,
  behind: ReadonlyMap<string, number>,
  language: Language,
): string {
  const count = subject === null || event !== 'device_down' ? 0 : (behind.get(subject) ?? 0);
  if (count === 0) return line;
  return language === 'id'
    ? `${line} (+ ${count} perangkat di belakangnya)`
    : `${line} (+ ${count} devices behind it)`;
}

function businessPart(
  mark: string,
  words: string,
  notices: readonly Notice[],
): { title: string; lines: readonly string[] } {
  const count = notices.reduce((sum, { meta }) => sum + Number(meta?.count ?? 0), 0);
  // Whole rupiah and cents apart stay exact as integers of cents.
  const cents = notices.reduce((sum, { meta }) => sum + centsOf(String(meta?.amount ?? '0')), 0n);
  const names = notices
    .flatMap(({ meta }) => (Array.isArray(meta?.names) ? meta.names.map(String) : []))
    .slice(0, 3);
  const amount =
    cents === 0n ? '' : `, ${rupiah(`${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`)}`;
  return {
    title: `${mark} ${count} ${words}${amount}`,
    lines: [`${names.join(', ')}${count > names.length ? ' …' : ''}`],
  };
}

function centsOf(amount: string): bigint {
  const [whole = '0', cents = ''] = amount.split('.');
  return BigInt(whole) * 100n + BigInt(cents.padEnd(2, '0').slice(0, 2));
}
