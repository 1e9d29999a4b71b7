import type { Reply } from './machine.ts';
import type { Output } from './output.ts';

/** One command and its answer: puts the tag on what is sent, and knows when nobody waits for it any more. */
export class Running implements Reply {
  readonly tag: string | undefined;
  /** Nothing is sent any more, as if it were lost on the way. */
  muted = false;
  readonly #output: Output;
  readonly #tagFirst: boolean;
  readonly #stops = new Set<() => void>();
  #stopped = false;

  /** RouterOS 7 puts the tag right after the first word, 6 at the end. */
  constructor(output: Output, tag: string | undefined, tagFirst: boolean) {
    this.#output = output;
    this.#tagFirst = tagFirst;
    this.tag = tag;
  }

  readonly send = (...sentences: readonly string[][]) => {
    if (this.muted || this.#stopped) return;
    if (this.tag !== undefined)
      for (const words of sentences) words.splice(this.#tagFirst ? 1 : words.length, 0, `.tag=${this.tag}`);
    this.#output.send(...sentences);
  };

  readonly drained = () => this.#output.drained();

  readonly stopped = () => this.#stopped;

  readonly onStop = (stop: () => void) => {
    this.#stops.add(stop);
  };

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }
}
