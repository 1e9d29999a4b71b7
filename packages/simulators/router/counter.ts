import type { SimulatorTime } from '../time.ts';

/** Bytes that pass at a steady rate; worked out when read, so that many cost nothing while time passes. */
export class Counter {
  readonly #time: SimulatorTime;
  #bytes = 0;
  #rate: number;
  #since: number;

  /** `rate` is in bits a second. */
  constructor(time: SimulatorTime, rate = 0) {
    this.#time = time;
    this.#rate = rate;
    this.#since = time.milliseconds;
  }

  get bytes(): number {
    return this.#bytes + Math.floor((Math.max(0, this.#time.milliseconds - this.#since) * this.#rate) / 8000);
  }

  get packets(): number {
    return Math.floor(this.bytes / 800);
  }

  get rate(): number {
    return this.#rate;
  }

  set rate(rate: number) {
    this.#bytes = this.bytes;
    this.#since = this.#time.milliseconds;
    this.#rate = rate;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Begins again at nothing, as after a reboot. */
  reset(): void {
    this.#bytes = 0;
    this.#since = this.#time.milliseconds;
  }
}

/** What passes through an interface; from the router's side, so a customer's download is `tx`. */
export interface Traffic {
  readonly rx: Counter;
  readonly tx: Counter;
}

export const traffic = (time: SimulatorTime, upload = 0, download = 0): Traffic => ({
  rx: new Counter(time, upload),
  tx: new Counter(time, download),
});
