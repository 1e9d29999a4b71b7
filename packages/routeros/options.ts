import { type DecoderLimits, defaultDecoderLimits } from './decoder.ts';
import type { TextOptions } from './text.ts';
import { systemTimers, type Timers } from './timers.ts';
import type { TlsOptions } from './tls.ts';

/** How many milliseconds to wait for what. */
export interface Patience {
  /** For the connection, with TLS. */
  readonly connect: number;
  /** For the whole of the login. */
  readonly login: number;
  /** For the next sentence of an answer. */
  readonly silence: number;
  /** For the router to end a command that was cancelled or trapped. */
  readonly cancel: number;
}

/** How much may be under way, and how much of it held. */
export interface ConnectionLimits extends DecoderLimits {
  /** Commands sent and not answered; more wait until one of these is. */
  readonly maxInFlight: number;
  /** Commands that wait; more are refused with QueueFull. */
  readonly maxWaiting: number;
  /** Bytes of rows that one consumer may lag behind before reading stops. */
  readonly lagBytes: number;
  /** Bytes of all rows not consumed; above, the command that holds most is cancelled with ReplyTooLarge. */
  readonly maxHeldBytes: number;
}

export interface RouterOptions {
  readonly host: string;
  /** 8728, or 8729 with TLS, unless told. */
  readonly port?: number;
  readonly user: string;
  readonly password: string;
  /** How the router is known; without it the connection is clear text. */
  readonly tls?: TlsOptions | undefined;
  /**
   * `auto` sends the password as RouterOS 6.43 and later want it, and answers the challenge of an older one. `challenge` never
   * shows the password to anyone, and fails on 6.43 and later.
   */
  readonly login?: 'auto' | 'challenge';
  readonly text?: TextOptions;
  readonly patience?: Partial<Patience>;
  readonly limits?: Partial<ConnectionLimits>;
  readonly timers?: Timers;
}

/** Options with every choice made. */
export interface ResolvedOptions extends Required<Omit<RouterOptions, 'tls'>> {
  readonly tls: TlsOptions | undefined;
  readonly patience: Patience;
  readonly limits: ConnectionLimits;
  /** `host:port`, for errors. */
  readonly router: string;
}

export function resolveOptions(options: RouterOptions): ResolvedOptions {
  const { host, tls, port = tls === undefined ? 8728 : 8729 } = options;
  return {
    login: 'auto',
    text: {},
    timers: systemTimers,
    ...options,
    tls,
    port,
    router: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
    patience: { connect: 10_000, login: 10_000, silence: 10_000, cancel: 5_000, ...options.patience },
    limits: {
      ...defaultDecoderLimits,
      maxInFlight: 64,
      maxWaiting: 20_000,
      lagBytes: 1 << 20,
      maxHeldBytes: 64 << 20,
      ...options.limits,
    },
  };
}
