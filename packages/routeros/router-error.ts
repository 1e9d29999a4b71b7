import { type ErrorContext, RouterosError } from './errors.ts';

/** The `category` of a `!trap`, as the API documentation numbers them. */
export const trapCategories = {
  missing: 0,
  argument: 1,
  interrupted: 2,
  scripting: 3,
  general: 4,
  api: 5,
  tty: 6,
  returned: 7,
} as const;

/** What a caller may want to do something about. Known by the router's words: there are no codes for it. */
export type RefusalReason = 'no-such-item' | 'already-exists' | 'not-permitted' | 'no-such-command' | 'other';

const reasons: readonly (readonly [RefusalReason, RegExp])[] = [
  ['no-such-item', /no such item/i],
  ['already-exists', /already (have|exists?|added)|already in use/i],
  ['not-permitted', /not enough permissions/i],
  ['no-such-command', /no such command|unknown command/i],
];

/** The router refused the command with `!trap`. */
export class RouterError extends RouterosError {
  /** One of `trapCategories`; older routers often give none. */
  readonly category: number | undefined;
  readonly reason: RefusalReason;

  constructor(message: string, category: number | undefined, context: ErrorContext = {}) {
    // An interrupted command may have done its work before; any other refusal is an answer.
    super(message, { ...context, mayHaveExecuted: category === trapCategories.interrupted });
    this.category = category;
    this.reason = reasons.find(([, words]) => words.test(message))?.[0] ?? 'other';
  }
}
