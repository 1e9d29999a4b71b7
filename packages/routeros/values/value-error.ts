import { RouterosError } from '../errors.ts';

/** A value that is not what it should be: one a router sent, or one to be sent to it. The value itself is not repeated. */
export class RouterValueError extends RouterosError {
  /** What was wrong, for programs: such as `rate`, `priority-range`. */
  readonly code: string;

  constructor(code: string, message: string, context: { readonly command?: string } = {}) {
    super(message, context);
    this.code = code;
  }
}
