import {
  ConnectionLost,
  type ErrorContext,
  ProtocolError,
  RouterFatal,
  type RouterosError,
} from './errors.ts';

/** Why a connection ended, as the failure of one of its commands. */
export function failureOf(reason: RouterosError, context: ErrorContext): RouterosError {
  const told = { ...context, cause: reason };
  if (reason instanceof RouterFatal) return new RouterFatal(reason.detail, told);
  if (reason instanceof ProtocolError) return new ProtocolError(reason.detail, told);
  return new ConnectionLost(reason.detail, told);
}
