/** A command as it was sent; all text is byte strings. */
export interface Command {
  /** Without the leading slash: `ppp/secret/print`. */
  readonly path: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Query words in their order, without the question mark. */
  readonly queries: readonly string[];
  readonly tag: string | undefined;
}

/** Reads a sentence; `=a=b=c` has the name `a` and the value `b=c`. A word of no known kind is passed over. */
export function parseCommand(words: readonly string[]): Command {
  const attributes = new Map<string, string>();
  const queries: string[] = [];
  let tag: string | undefined;
  for (const word of words.slice(1)) {
    if (word.startsWith('=')) {
      const end = word.indexOf('=', 1);
      if (end === -1) attributes.set(word.slice(1), '');
      else attributes.set(word.slice(1, end), word.slice(end + 1));
    } else if (word.startsWith('?')) queries.push(word.slice(1));
    else if (word.startsWith('.tag=')) tag = word.slice('.tag='.length);
  }
  return { path: (words[0] ?? '').replace(/^\/+/, ''), attributes, queries, tag };
}

/** What RouterOS numbers its traps by. */
export const category = {
  missing: '0',
  argument: '1',
  interrupted: '2',
  general: '4',
  api: '5',
} as const;

/** A command that RouterOS refuses: becomes one `!trap` a message, then `!done`. */
export class Trap extends Error {
  readonly category: string | undefined;
  readonly next: string | undefined;

  /** `next` is the message of a second `!trap`, which some refusals have. */
  constructor(message: string, options: { readonly category?: string; readonly next?: string } = {}) {
    super(message);
    this.category = options.category;
    this.next = options.next;
  }

  sentences(): readonly (readonly string[])[] {
    const first = this.category === undefined ? [] : [`=category=${this.category}`];
    const second = this.next === undefined ? [] : [['!trap', `=message=${this.next}`]];
    return [['!trap', ...first, `=message=${this.message}`], ...second];
  }
}

export const noSuchItem = () => new Trap('no such item', { category: category.missing });
