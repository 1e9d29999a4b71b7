import { type ErrorCode, errorCatalog } from '#contract';

export type Language = 'en' | 'id';

/** A text in the two languages of the product. */
export interface Message {
  readonly en: string;
  readonly id: string;
}

export interface AppErrorDetail {
  /** Replaces the catalogue's sentence where a more exact one helps. */
  readonly message?: Message;
  /** What is wrong, by field of the request. */
  readonly fields?: Readonly<Record<string, readonly (string | Message)[]>>;
  /** Seconds after which to try again; sent as Retry-After. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** A refusal that the API answers as it is: the code decides the status, the detail the words. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: AppErrorDetail;

  constructor(code: ErrorCode, detail: AppErrorDetail = {}) {
    super(detail.message?.en ?? errorCatalog[code].en, { cause: detail.cause });
    this.code = code;
    this.detail = detail;
  }

  /** Its sentence. */
  said(language: Language): string {
    return (this.detail.message ?? errorCatalog[this.code])[language];
  }
}

/** A 422 that names one field of the request. */
export function fieldError(field: string, message: string | Message): AppError {
  return new AppError('validation_failed', { fields: { [field]: [message] } });
}

/** A fault of the operator's environment or command line: shown as a plain sentence, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
