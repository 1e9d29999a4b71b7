export type { Command } from './command.ts';
export type { Commander, RunOptions } from './commander.ts';
export { type ConnectionLoad, connectRouter, RouterConnection } from './connection.ts';
export { type DecoderLimits, defaultDecoderLimits, SentenceDecoder } from './decoder.ts';
export { encodeSentence } from './encoder.ts';
export {
  CertificateRefused,
  CommandAborted,
  ConnectionLost,
  type ErrorContext,
  InvalidInput,
  LoginRefused,
  ProtocolError,
  QueueFull,
  ReplyTooLarge,
  RouterFatal,
  RouterosError,
  RouterTimeout,
} from './errors.ts';
export {
  add,
  type Change,
  disable,
  enable,
  listen,
  type PrintOptions,
  print,
  printStream,
  readMenu,
  remove,
  set,
  setMenu,
  type Values,
} from './item-commands.ts';
export { encodeLength } from './length.ts';
export * from './menus/field.ts';
export * from './menus/hotspot.ts';
export * from './menus/interface.ts';
export * from './menus/ip.ts';
export * from './menus/menu.ts';
export * from './menus/ppp.ts';
export * from './menus/queue.ts';
export * from './menus/system.ts';
export type { ConnectionLimits, Patience, RouterOptions } from './options.ts';
export { absent, and, equals, greaterThan, lessThan, not, or, present, type Query } from './query.ts';
export type { Reply, Row } from './reply.ts';
export type { ReplyStream } from './reply-stream.ts';
export { type RefusalReason, RouterError, trapCategories } from './router-error.ts';
export { type Outcome, runAll } from './run-all.ts';
export { RouterSession, type SessionOptions } from './session.ts';
export type { TextOptions } from './text.ts';
export { systemTimers, type Timers } from './timers.ts';
export type { TlsOptions } from './tls.ts';
export { formatDuration, parseDuration } from './values/duration.ts';
export { formatRate, parseRate } from './values/rate.ts';
export {
  type Burst,
  checkRateLimit,
  formatRateLimit,
  parseRateLimit,
  type RateLimit,
} from './values/rate-limit.ts';
export { parseRouterDate } from './values/router-date.ts';
export * from './values/scalars.ts';
export { RouterValueError } from './values/value-error.ts';
