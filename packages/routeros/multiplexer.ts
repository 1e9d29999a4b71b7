import type { Channel } from './channel.ts';
import { encodeCommand } from './command.ts';
import type { RunOptions } from './commander.ts';
import {
  ConnectionLost,
  type ErrorContext,
  InvalidInput,
  ProtocolError,
  QueueFull,
  ReplyTooLarge,
  type RouterosError,
  RouterTimeout,
} from './errors.ts';
import { Exchange } from './exchange.ts';
import { failureOf } from './failure.ts';
import { HeldAnswers } from './held.ts';
import type { ResolvedOptions } from './options.ts';
import { fatalError, trapError } from './refusals.ts';
import { replyAttributes, replyKind, replyTag } from './reply.ts';
import { watchSilence } from './silence.ts';
import type { TextCodec } from './text.ts';
import { WaitingLine } from './waiting-line.ts';

/** Many commands over one channel, each under its own tag. It takes the channel over. */
export class Multiplexer {
  readonly #channel: Channel;
  readonly #options: ResolvedOptions;
  readonly #text: TextCodec;
  readonly #ended: (reason: RouterosError) => void;
  readonly #inFlight = new Map<number, Exchange>();
  readonly #line = new WaitingLine();
  readonly #held = new HeldAnswers();
  #reason: RouterosError | undefined;
  #lastTag = 0;
  /** Since when we read: silence while we did not is our own. */
  #readingSince: number;

  constructor(
    channel: Channel,
    options: ResolvedOptions,
    text: TextCodec,
    ended: (reason: RouterosError) => void,
  ) {
    this.#channel = channel;
    this.#options = options;
    this.#text = text;
    this.#ended = ended;
    this.#readingSince = options.timers.elapsed();
    channel.listener = {
      sentence: (words) => this.#receive(words),
      drained: () => this.send(),
      closed: (reason) => this.#end(reason),
    };
  }

  /** Why it ended, if it has. */
  get reason(): RouterosError | undefined {
    return this.#reason;
  }

  get load() {
    const { paused } = this.#channel;
    return {
      inFlight: this.#inFlight.size,
      waiting: this.#line.size,
      heldBytes: this.#held.bytes,
      paused: paused && this.#reason === undefined,
    };
  }

  /** Puts it in line; a refusal is told through the exchange. */
  submit(exchange: Exchange, options: RunOptions): void {
    const { maxWaiting } = this.#options.limits;
    if (this.#reason !== undefined) exchange.fail(failureOf(this.#reason, this.context(exchange)));
    else if (this.#line.size >= maxWaiting) {
      exchange.fail(new QueueFull(`${maxWaiting} commands are waiting already`, this.context(exchange)));
    } else {
      this.#line.add({ exchange, options });
      this.send();
    }
  }

  /** What an error says of this command. */
  context({ command, state }: Exchange): ErrorContext {
    const mayHaveExecuted = state !== 'waiting' && command.reads !== true;
    return { router: this.#options.router, command: command.path, mayHaveExecuted };
  }

  /** Sends what waits, as far as there is room. */
  send(): void {
    while (
      this.#inFlight.size < this.#options.limits.maxInFlight &&
      !this.#channel.full &&
      this.#reason === undefined
    ) {
      const next = this.#line.next();
      if (next === undefined) break;
      try {
        this.#write(next.exchange);
      } catch (error) {
        if (!(error instanceof InvalidInput)) throw error;
        next.exchange.fail(error);
        continue;
      }
      this.#watch(next.exchange, next.options);
    }
    this.adjustFlow();
  }

  /** Drops its rows. If it is not over, tells its caller of this failure, and has the router cancel it if it was sent. */
  abandon(exchange: Exchange, failure: RouterosError): void {
    if (exchange.settled) {
      exchange.discard();
      return;
    }
    const sent = exchange.state !== 'waiting';
    exchange.state = 'over';
    exchange.fail(failure);
    if (sent) this.#cancel(exchange);
    else this.#line.leave();
    this.adjustFlow();
  }

  /** To be called when rows were taken. */
  released(exchange: Exchange, bytes: number): void {
    this.#held.remove(exchange, bytes);
    if (this.#channel.paused) this.adjustFlow();
  }

  /**
   * Stops reading while a consumer lags behind, so that the router feels it; but not while somebody waits for what comes
   * behind those rows: a loop over rows that runs a command for each would wait for ever.
   */
  adjustFlow(): void {
    if (this.#reason !== undefined) return;
    const { paused } = this.#channel;
    const { lagBytes } = this.#options.limits;
    const stop =
      this.#held.lags(paused ? lagBytes / 2 : lagBytes) && this.#line.size === 0 && !this.#awaited();
    if (stop === paused) return;
    if (stop) {
      this.#channel.pause();
    } else {
      this.#readingSince = this.#options.timers.elapsed();
      this.#channel.resume();
    }
  }

  #awaited(): boolean {
    for (const exchange of this.#inFlight.values()) if (exchange.awaited) return true;
    return false;
  }

  #write(exchange: Exchange): void {
    const bytes = encodeCommand(exchange.command, this.#lastTag + 1, this.#text);
    this.#lastTag += 1;
    exchange.tag = this.#lastTag;
    exchange.state = 'written';
    exchange.lastSeen = this.#options.timers.elapsed();
    this.#inFlight.set(exchange.tag, exchange);
    this.#channel.write(bytes);
  }

  #watch(exchange: Exchange, { silence, deadline }: RunOptions): void {
    const { timers, patience } = this.#options;
    const late = (why: string) =>
      this.abandon(exchange, exchange.trap ?? new RouterTimeout(why, this.context(exchange)));
    const most = exchange.command.endless === true ? Number.POSITIVE_INFINITY : (silence ?? patience.silence);
    exchange.onSettled(
      watchSilence(
        timers,
        most,
        () => this.#silentSince(exchange),
        () => late(`No answer within ${most} ms`),
      ),
    );
    if (deadline === undefined) return;
    exchange.onSettled(timers.after(deadline, () => late(`Not answered to the end within ${deadline} ms`)));
  }

  #silentSince(exchange: Exchange): number | undefined {
    return this.#channel.paused ? undefined : Math.max(exchange.lastSeen, this.#readingSince);
  }

  #receive(words: readonly Buffer[]): void {
    const kind = replyKind(words);
    if (kind === '!fatal') {
      const commands = Array.from(this.#inFlight.values(), ({ command }) => command);
      this.#channel.close(fatalError(words, this.#text, commands, this.#options.router));
      return;
    }
    const tag = replyTag(words);
    if (tag === undefined) throw new ProtocolError(`Received ${kind} without a tag`);
    if (tag > this.#lastTag) throw new ProtocolError('Received a reply with a tag that was never sent');
    const exchange = this.#inFlight.get(tag);
    // What comes behind the end of a command is of no interest, and kinds of reply that are yet to come are no fault.
    if (exchange === undefined) return;
    if (kind === '!done') this.#done(exchange, words);
    else if (!exchange.settled) {
      exchange.lastSeen = this.#options.timers.elapsed();
      if (kind === '!re') this.#row(exchange, words);
      else if (kind === '!trap') this.#trapped(exchange, words);
    }
  }

  #row(exchange: Exchange, words: readonly Buffer[]): void {
    const { maxHeldBytes, lagBytes } = this.#options.limits;
    this.#held.add(exchange, exchange.push(replyAttributes(words, this.#text), words));
    const heaviest = this.#held.bytes > maxHeldBytes ? this.#held.heaviest() : undefined;
    if (heaviest !== undefined) {
      const why = `Answers of more than ${maxHeldBytes} bytes were not consumed`;
      this.#forgetRows(heaviest, new ReplyTooLarge(why, this.context(heaviest)));
    }
    if (exchange.heldBytes >= lagBytes) this.adjustFlow();
  }

  /** Also one that has ended may hold rows. */
  #forgetRows(exchange: Exchange, failure: RouterosError): void {
    if (exchange.settled) exchange.fail(failure);
    else this.abandon(exchange, failure);
  }

  #trapped(exchange: Exchange, words: readonly Buffer[]): void {
    if (exchange.trap !== undefined) return;
    const trap = trapError(words, this.#text, exchange.command, this.#options.router);
    exchange.trap = trap;
    // Its `!done` should be right behind. A router that forgets it has answered all the same.
    this.#expectEnd(exchange, () => {
      exchange.fail(trap, { keepRows: true });
      this.#remove(exchange);
    });
  }

  #done(exchange: Exchange, words: readonly Buffer[]): void {
    if (!exchange.settled) {
      if (exchange.trap === undefined) exchange.finish(replyAttributes(words, this.#text));
      else exchange.fail(exchange.trap, { keepRows: true });
    }
    this.#remove(exchange);
  }

  #cancel(exchange: Exchange): void {
    if (this.#reason !== undefined) return;
    const command = { path: '/cancel', attributes: { tag: String(exchange.tag) } };
    const cancel = new Exchange(command, false);
    this.#write(cancel);
    cancel.finish({});
    this.#expectEnd(cancel, () => this.#remove(cancel));
    this.#expectEnd(exchange, () =>
      this.#channel.close(
        new ConnectionLost('It did not end a command that was cancelled', { router: this.#options.router }),
      ),
    );
  }

  #expectEnd(exchange: Exchange, missing: () => void): void {
    const { timers, patience } = this.#options;
    exchange.onRemoved(watchSilence(timers, patience.cancel, () => this.#silentSince(exchange), missing));
  }

  #remove(exchange: Exchange): void {
    exchange.removed();
    this.#inFlight.delete(exchange.tag);
    this.send();
  }

  #end(reason: RouterosError): void {
    this.#reason = reason;
    for (const exchange of this.#inFlight.values()) {
      exchange.removed();
      if (!exchange.settled) {
        exchange.fail(exchange.trap ?? failureOf(reason, this.context(exchange)), { keepRows: true });
      }
    }
    this.#inFlight.clear();
    for (let next = this.#line.next(); next !== undefined; next = this.#line.next()) {
      next.exchange.fail(failureOf(reason, this.context(next.exchange)));
    }
    this.#ended(reason);
  }
}
