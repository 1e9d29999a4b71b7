/** Work that goes on beside the caller's own, so many at once. */
export class AtOnce {
  readonly #most: number;
  readonly #underway = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Begins another as soon as there is room for it.
   * @throws what one before failed with
   */
  async begin(work: () => Promise<void>): Promise<void> {
    while (this.#underway.size >= this.#most) await Promise.race(this.#underway);
    this.#tell();
    const begun: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underway.delete(begun));
    this.#underway.add(begun);
  }

  /** Waits until all have ended, however. */
  async end(): Promise<void> {
    await Promise.all(this.#underway);
  }

  /**
   * Waits until all are done.
   * @throws what one failed with
   */
  async settle(): Promise<void> {
    await this.end();
    this.#tell();
  }

  #tell(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
