/** A sentence for people, in both languages. */
export interface Said {
  readonly en: string;
  readonly id: string;
}

/** Something a person can do something about: what happened, and the way out. It holds no secret. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: string;
  readonly said: Said;

  constructor(code: string, said: Said, options?: ErrorOptions) {
    super(said.en, options);
    this.code = code;
    this.said = said;
  }
}
