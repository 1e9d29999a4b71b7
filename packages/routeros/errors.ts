/** What is known of the command that failed. Values of a command never stand in an error: they may be passwords. */
export interface ErrorContext {
  /** `host:port` */
  readonly router?: string | undefined;
  /** The command's path, such as `/ppp/secret/add`. */
  readonly command?: string | undefined;
  /** Whether it may have taken effect although no answer says so. */
  readonly mayHaveExecuted?: boolean | undefined;
  readonly cause?: unknown;
}

/** What every error of this package is. */
export abstract class RouterosError extends Error {
  /** What happened, without the router and the command that stand before it in `message`. */
  readonly detail: string;
  readonly router: string | undefined;
  readonly command: string | undefined;
  /** True if the command was written and nobody can say whether it took effect. Never repeat such a write blindly. */
  readonly mayHaveExecuted: boolean;

  constructor(detail: string, context: ErrorContext = {}) {
    const place = [context.router, context.command].filter((part) => part !== undefined).join(' ');
    super(place === '' ? detail : `${place}: ${detail}`, 'cause' in context ? { cause: context.cause } : {});
    this.name = new.target.name;
    this.detail = detail;
    this.router = context.router;
    this.command = context.command;
    this.mayHaveExecuted = context.mayHaveExecuted ?? false;
  }
}

/** The connection could not be made, or ended before the command was answered. */
export class ConnectionLost extends RouterosError {}

/** The router said `!fatal` and ended the connection. */
export class RouterFatal extends RouterosError {}

/** The other side does not speak the RouterOS API, or exceeds a limit of the decoder. The connection is closed. */
export class ProtocolError extends RouterosError {}

/** User name or password are wrong, or the user may not use the API. Trying again does not help. */
export class LoginRefused extends RouterosError {}

/** The router's certificate is not the one expected. Nothing was sent to it. */
export class CertificateRefused extends RouterosError {
  /** SHA-256 of the certificate it showed, as `AB:CD:…`, if it showed one. */
  readonly sha256: string | undefined;

  constructor(detail: string, sha256: string | undefined, context: ErrorContext = {}) {
    super(detail, context);
    this.sha256 = sha256;
  }
}

/** The router did not answer in time. */
export class RouterTimeout extends RouterosError {}

/** The caller's abort signal fired; its reason is the `cause`. */
export class CommandAborted extends RouterosError {
  readonly code = 'ABORT_ERR';
}

/** The answer was not consumed and grew past the limit of held bytes. The command was cancelled. */
export class ReplyTooLarge extends RouterosError {}

/** More commands wait on this connection than it was allowed to hold. Nothing was sent. */
export class QueueFull extends RouterosError {}

/** The command cannot be put into words of the API. Nothing was sent. */
export class InvalidInput extends RouterosError {
  /** The attribute that is wrong. */
  readonly field: string;

  constructor(field: string, why: string, context: ErrorContext = {}) {
    super(`${field} ${why}`, context);
    this.field = field;
  }
}
