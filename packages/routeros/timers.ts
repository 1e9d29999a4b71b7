/** Where waiting comes from, so that tests need not wait. */
export interface Timers {
  /** Milliseconds from some fixed point; never goes back. */
  elapsed(): number;
  /** Calls once after so many milliseconds, unless what it gives back is called first. */
  after(milliseconds: number, call: () => void): () => void;
}

export const systemTimers: Timers = {
  elapsed: () => performance.now(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => clearTimeout(timer);
  },
};
