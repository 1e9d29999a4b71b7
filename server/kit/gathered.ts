/**
 * Gathers what comes while the last lot is being written, and writes it in one go: under load many share a statement and a commit, and
 * alone nobody waits. Each is told whether its own lot was written.
 */
export function gathered<T>(
  most: number,
  write: (items: readonly T[]) => Promise<void>,
): (item: T) => Promise<void> {
  interface Waiting {
    readonly item: T;
    readonly done: PromiseWithResolvers<void>;
  }
  const waiting: Waiting[] = [];
  let isWriting = false;
  const work = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const lot = waiting.splice(0, most);
      try {
        await write(lot.map(({ item }) => item));
        for (const { done } of lot) done.resolve();
      } catch (error) {
        for (const { done } of lot) done.reject(error);
      }
    }
    isWriting = false;
  };
  return (item) => {
    const done = Promise.withResolvers<void>();
    waiting.push({ item, done });
    if (!isWriting) void work();
    return done.promise;
  };
}
