/** What `map` makes of each, without what it makes undefined. Leaving it leaves the source, even before the first step. */
export function mapped<From, To>(
  source: AsyncIterable<From>,
  map: (value: From) => To | undefined,
): AsyncIterableIterator<To, undefined> {
  const from = source[Symbol.asyncIterator]();
  const leave = async () => {
    await from.return?.();
    return { done: true, value: undefined } as const;
  };
  return {
    async next() {
      for (;;) {
        const step = await from.next();
        if (step.done === true) return { done: true, value: undefined };
        try {
          const value = map(step.value);
          if (value !== undefined) return { done: false, value };
        } catch (error) {
          await leave();
          throw error;
        }
      }
    },
    return: leave,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
