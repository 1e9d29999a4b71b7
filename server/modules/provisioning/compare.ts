import {
  formatRateLimit,
  parseDuration,
  parseFlag,
  parsePair,
  parseRate,
  parseRateLimit,
  parseWhole,
  RouterValueError,
  type Row,
} from '#routeros';
import type { Values } from './entries.ts';

const pairOf = (parse: (side: string) => number) => (text: string) => {
  const { upload, download } = parsePair(text, parse);
  return `${upload}/${download}`;
};
const rates = pairOf(parseRate);

/** What two writings of one value have in common, by property: routers tell 10M as 10000000, and yes as true. */
const canonical: Readonly<Record<string, (text: string) => string>> = {
  disabled: (text) => String(parseFlag(text)),
  'max-limit': rates,
  'burst-limit': rates,
  'burst-threshold': rates,
  'burst-time': pairOf(parseDuration),
  priority: pairOf(parseWhole),
  'rate-limit': (text) => (text === '' ? '' : formatRateLimit(parseRateLimit(text))),
  target: (text) => text.replace(/\/(32|128)$/, ''),
  address: (text) => text.replace(/\/(32|128)$/, '').replace(/^0\.0\.0\.0$/, ''),
};

/** Whether the router's value means the same as ours. */
function means(name: string, ours: string, theirs: string): boolean {
  return ours === theirs || form(name, ours) === form(name, theirs);
}

function form(name: string, text: string): string {
  try {
    return canonical[name]?.(text) ?? text;
  } catch (error) {
    // What is not in the grammar is only equal to itself.
    if (!(error instanceof RouterValueError)) throw error;
    return text;
  }
}

const defaults: Values = {
  disabled: 'false',
  'burst-limit': '0/0',
  'burst-threshold': '0/0',
  'burst-time': '0s/0s',
  priority: '8/8',
};

/**
 * What of `values` the row does not have. A password that the router does not show, because its user may not see any, is
 * written while the intent waits, and cannot be read back.
 */
export function missing(values: Values, row: Row, writesUnseen: boolean): Values {
  const differing = Object.entries(values).filter(([name, value]) => {
    const theirs = row[name];
    if (name === 'comment') return !(theirs ?? '').startsWith(value);
    if (name === 'password' && (theirs === undefined || /^\**$/.test(theirs))) return writesUnseen;
    // One that may dial by any service may dial by ours.
    if (name === 'service' && (theirs ?? 'any') === 'any') return false;
    return !means(name, value, theirs ?? defaults[name] ?? '');
  });
  return Object.fromEntries(differing);
}
