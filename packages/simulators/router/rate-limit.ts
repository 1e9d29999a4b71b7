import { parseRatePair } from './formats.ts';

/** The rates of a `rate-limit`, upload first; undefined if it has none. */
export const limitRates = (limit: string) => parseRatePair(limit.split(' ')[0] ?? '');

/** The queue of a `rate-limit`: `rx/tx burst-rx/burst-tx threshold time priority min`, rx being the customer's upload. */
export function queueValues(interfaceName: string, limit: string): Record<string, string> {
  const parts = limit.split(/ +/);
  const rates = (text: string | undefined) => (parseRatePair(text ?? '') ?? [0, 0]).join('/');
  const priority = parts[4] ?? '8';
  const time = parts[3] ?? (parts[1] === undefined ? '0s' : '1s');
  const both = (text: string) => (text.includes('/') ? text : `${text}/${text}`);
  return {
    name: interfaceName,
    target: interfaceName,
    'max-limit': rates(parts[0]),
    'burst-limit': rates(parts[1]),
    'burst-threshold': rates(parts[2] ?? (parts[1] === undefined ? undefined : parts[0])),
    'burst-time': both(time).replaceAll(/\b(\d+)(?=\/|$)/g, '$1s'),
    priority: both(priority),
    'limit-at': rates(parts[5]),
    dynamic: 'true',
  };
}
