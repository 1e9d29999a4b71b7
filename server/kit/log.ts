import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

const secretKeys = [
  'password',
  'current_password',
  'new_password',
  'password_confirmation',
  'token',
  'secret',
  'authorization',
  'cookie',
  'mikrotik_password',
  'code',
  'recovery_codes',
];

/** The log of a process: JSON lines on standard output, with everything that may hold a secret struck out. */
export function createLog(level: string, to?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    redact: {
      paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.headers["${key}"]`]),
      censor: '[hidden]',
    },
    serializers: { err: errorWithoutValues },
  };
  return to === undefined ? pino(options) : pino(options, to);
}

/**
 * An error as it may be logged. PostgreSQL puts the offending row into `detail` and `where`, which can hold a
 * password or a customer's address: those stay out.
 */
function errorWithoutValues(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  const constraint = 'constraint' in error ? error.constraint : undefined;
  const cause = error.cause === undefined ? undefined : errorWithoutValues(error.cause);
  // Not `code`: that is also the name of a one-time code, which is struck out.
  return { type: name, message, error_code: code, constraint, stack, cause };
}
