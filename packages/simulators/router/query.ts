import { parseSpan } from './formats.ts';
import { category, Trap } from './sentence.ts';

/** Tells a property of a row, or undefined where the row has none of that name. */
export type Reader = (property: string) => string | undefined;

type Step = (stack: boolean[], read: Reader) => void;

/** Numbers, and times such as 1h2m3s, are compared by what they amount to; everything else by its bytes. */
function compare(left: string, right: string): number {
  const numbers = [left, right].map((text) => (/^-?\d+$/.test(text) ? BigInt(text) : undefined));
  const [a, b] = numbers;
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0;
  const [long, short] = [parseSpan(left), parseSpan(right)];
  if (long !== undefined && short !== undefined) return Math.sign(long - short);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A value is also met by the other way of writing yes and no. */
function same(value: string | undefined, wanted: string): boolean {
  if (value === undefined || value === wanted) return value !== undefined;
  return (value === 'true' && wanted === 'yes') || (value === 'false' && wanted === 'no');
}

/**
 * The operations after `?#`, left to right. A number pushes the value at that place (0 is the top), or replaces all values by it
 * where it ends the word; a dot after anything but a number copies the top.
 */
function operations(text: string): Step {
  const parts = text.match(/\d+|[!&|.]/g) ?? [];
  if (parts.join('') !== text) throw invalid();
  return (stack) => {
    for (const [place, part] of parts.entries()) {
      if (part === '!') stack.push(!pop(stack));
      else if (part === '&') stack.push(both(stack, (a, b) => a && b));
      else if (part === '|') stack.push(both(stack, (a, b) => a || b));
      else if (part !== '.') {
        const value = stack.at(-1 - Number(part));
        if (value === undefined) throw invalid();
        if (place + 1 < parts.length) stack.push(value);
        else stack.splice(0, stack.length, value);
      } else if (!/^\d/.test(parts[place - 1] ?? '')) {
        const top = pop(stack);
        stack.push(top, top);
      }
    }
  };
}

const invalid = () => new Trap('invalid query', { category: category.api });

function pop(stack: boolean[]): boolean {
  const value = stack.pop();
  if (value === undefined) throw invalid();
  return value;
}

function both(stack: boolean[], of: (a: boolean, b: boolean) => boolean): boolean {
  const last = pop(stack);
  return of(pop(stack), last);
}

function step(word: string): Step {
  if (word.startsWith('#')) return operations(word.slice(1));
  if (word.startsWith('-')) {
    const name = word.slice(1);
    return (stack, read) => stack.push(read(name) === undefined);
  }
  const sign = /^[<>=]/.exec(word)?.[0] ?? '=';
  const rest = word.replace(/^[<>=]/, '');
  const end = rest.indexOf('=');
  if (end === -1) return (stack, read) => stack.push(read(rest) !== undefined);
  const name = rest.slice(0, end);
  const wanted = rest.slice(end + 1);
  if (sign === '=') return (stack, read) => stack.push(same(read(name), wanted));
  return (stack, read) => {
    const value = read(name);
    const order = value === undefined ? 0 : compare(value, wanted);
    stack.push(value !== undefined && (sign === '<' ? order < 0 : order > 0));
  };
}

/** What the query words of a `print` ask for: a row is given if all that is left on the stack is true. Throws a Trap. */
export function compileQuery(words: readonly string[]): (read: Reader) => boolean {
  const steps = words.map(step);
  return (read) => {
    const stack: boolean[] = [];
    for (const each of steps) each(stack, read);
    return stack.every(Boolean);
  };
}

/** The value of a `?.id=` or `?name=` that stands alone, so that an index can answer it. */
export function singleEquality(words: readonly string[], property: string): string | undefined {
  const [word] = words;
  if (words.length !== 1 || word === undefined) return undefined;
  const bare = word.replace(/^=/, '');
  return bare.startsWith(`${property}=`) ? bare.slice(property.length + 1) : undefined;
}
