const units: readonly (readonly [name: string, seconds: number])[] = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** A span of time as the API writes it: `1w2d3h4m5s`, `0s`. */
export function spanText(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  let text = '';
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest %= size;
  }
  return text === '' ? '0s' : text;
}

/** Seconds of `1h30m`, `01:30:00`, `1d02:00:00` or `90`; undefined if it is none of these. */
export function parseSpan(text: string): number | undefined {
  const parts =
    /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+):(\d\d)(?::(\d\d))?|(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?)$/.exec(text);
  if (parts === null || text === '') return undefined;
  const [, weeks, days, clockHours, clockMinutes, clockSeconds, hours, minutes, seconds] = parts.map((part) =>
    Number(part ?? 0),
  );
  const of = (count: number | undefined, size: number) => (count ?? 0) * size;
  return (
    of(weeks, 604_800) +
    of(days, 86_400) +
    of(clockHours, 3600) +
    of(clockMinutes, 60) +
    of(clockSeconds, 1) +
    of(hours, 3600) +
    of(minutes, 60) +
    of(seconds, 1)
  );
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A day and its time: `nov/21/2026 18:02:11` before RouterOS 7.10, `2026-11-21 18:02:11` from it on. */
export function dateTimeText(milliseconds: number, isoDates: boolean): string {
  return `${dateText(milliseconds, isoDates)} ${timeText(milliseconds)}`;
}

export function dateText(milliseconds: number, isoDates: boolean): string {
  const iso = new Date(milliseconds).toISOString().slice(0, 10);
  if (isoDates) return iso;
  const [year, month, day] = iso.split('-');
  return `${months[Number(month) - 1]}/${day}/${year}`;
}

export const timeText = (milliseconds: number) => new Date(milliseconds).toISOString().slice(11, 19);

/** Bits a second of `10M`, `512k`, `1.5G`, `2000000`; undefined if it is none of these. k is 1000. */
function parseRate(text: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text);
  if (parts === null) return undefined;
  const size = { '': 1, k: 1e3, M: 1e6, G: 1e9 }[parts[2] ?? ''];
  return Math.round(Number(parts[1]) * (size ?? 1));
}

/** `10M/5M` or `10M` in bits a second, client's upload first; undefined if it is neither. */
export function parseRatePair(text: string): readonly [upload: number, download: number] | undefined {
  const [first = '', second = first, ...more] = text.split('/');
  const upload = parseRate(first);
  const download = parseRate(second);
  return upload === undefined || download === undefined || more.length > 0 ? undefined : [upload, download];
}

/** An IPv4 address as a number; undefined if it is none. */
export function parseAddress(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((sum, part) => sum * 256 + part, 0);
}

export const addressText = (number: number) =>
  [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');

/** A number made of a text, the same each time: for MAC addresses and traffic. */
export function hash(text: string): number {
  let value = 2_166_136_261;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 16_777_619);
  return value >>> 0;
}

/** A MAC address that belongs to a name. */
export function macOf(name: string): string {
  const hex = (0x10_0000_0000 + hash(name)).toString(16).slice(-8).padStart(8, '0').toUpperCase();
  return ['48', 'A9', ...(hex.match(/../g) ?? [])].join(':');
}
