import { parseAddress, parseRatePair, parseSpan, spanText } from './formats.ts';
import { category, Trap } from './sentence.ts';

/** What the values of a property are, which says how they are checked and how they are written back. */
export type Kind =
  | { readonly is: 'text' }
  | { readonly is: 'flag' }
  | { readonly is: 'number'; readonly most?: number }
  | { readonly is: 'span' }
  | { readonly is: 'one of'; readonly values: readonly string[] }
  | { readonly is: 'address' }
  | { readonly is: 'prefix' }
  | { readonly is: 'address or pool' }
  | { readonly is: 'name in'; readonly table: string; readonly besides?: readonly string[] }
  | { readonly is: 'rates' }
  | { readonly is: 'pair of'; readonly values: 'number' | 'span' };

export interface Property {
  readonly kind: Kind;
  /** Without one, a row that was not given the property has none. */
  readonly initial?: string;
  readonly required?: boolean;
  /** Shown, never set by a command: such a name is an unknown parameter to `add` and `set`. */
  readonly readOnly?: boolean;
  /** Set, never shown: the passwords of accounts. */
  readonly hidden?: boolean;
  /** Set to nothing, the row has it no more. */
  readonly optional?: boolean;
}

/** Tells whether a table has a row of that name. */
export type HasName = (table: string, name: string) => boolean;

const invalid = (name: string) =>
  new Trap(`invalid value for argument ${name}`, { category: category.argument });
const noMatch = (name: string) =>
  new Trap(`input does not match any value of ${name}`, { category: category.argument });

/** The value as RouterOS keeps it (`yes` becomes `true`, `10M` in a queue `10000000/10000000`). Throws a Trap. */
export function normalise(name: string, { kind }: Property, value: string, hasName: HasName): string {
  switch (kind.is) {
    case 'text':
      return value;
    case 'flag':
      return flag(name, value);
    case 'number': {
      if (!/^\d+$/.test(value)) throw invalid(name);
      if (kind.most !== undefined && Number(value) > kind.most) throw outOfRange(name, kind.most);
      return String(BigInt(value));
    }
    case 'span':
      return span(name, value);
    case 'one of':
      if (!kind.values.includes(value)) throw noMatch(name);
      return value;
    case 'address':
      if (parseAddress(value) === undefined) throw invalid(name);
      return value;
    case 'prefix':
      return prefix(name, value);
    case 'address or pool':
      if (parseAddress(value) === undefined && !hasName('ip/pool', value)) throw noMatch(name);
      return value;
    case 'name in':
      if (!kind.besides?.includes(value) && !hasName(kind.table, value)) throw noMatch(name);
      return value;
    case 'rates': {
      const rates = parseRatePair(value);
      if (rates === undefined) throw invalid(name);
      return rates.join('/');
    }
    case 'pair of': {
      const [first = '', second = first] = value.split('/');
      const each = (part: string) => (kind.values === 'span' ? span(name, part) : part);
      if (kind.values === 'number' && !/^\d+$/.test(first + second)) throw invalid(name);
      return `${each(first)}/${each(second)}`;
    }
  }
}

const outOfRange = (name: string, most: number) =>
  new Trap(`value of ${name} out of range (0..${most})`, { category: category.argument });

function flag(name: string, value: string): string {
  if (value === 'yes' || value === 'true') return 'true';
  if (value === 'no' || value === 'false') return 'false';
  throw invalid(name);
}

function span(name: string, value: string): string {
  const seconds = parseSpan(value);
  if (seconds === undefined) throw invalid(name);
  return spanText(seconds);
}

/** An address is its own /32, which RouterOS does not write. */
function prefix(name: string, value: string): string {
  const [address = '', bits, ...more] = value.split('/');
  const wrong = parseAddress(address) === undefined || more.length > 0;
  if (wrong || (bits !== undefined && !(/^\d\d?$/.test(bits) && Number(bits) <= 32))) throw invalid(name);
  return bits === '32' ? address : value;
}
