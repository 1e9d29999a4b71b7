/** A message as it goes out. */
export interface Outgoing {
  /** The same one for the same message, however often it is sent. */
  readonly id: string;
  readonly event: string;
  readonly createdAt: string;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  /** Of WhatsApp: the approved template and what stands in it. */
  readonly template?: {
    readonly name: string;
    readonly language: string;
    readonly parameters: readonly string[];
    /** What its button copies. */
    readonly button?: string;
  };
  /** Of a webhook: what it is told beside the text. */
  readonly data?: unknown;
}

/**
 * What came of it. `refused`: this message will never be taken. `later`: this one may be taken another time. `down`: whoever
 * carries it takes nothing now, and is left in peace for a while. Reasons hold no secret.
 */
export type Outcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'refused' | 'later'; readonly reason: string }
  | { readonly kind: 'down'; readonly reason: string; readonly restSeconds?: number };

/** Takes messages to where they go. It never throws. */
export interface Carrier {
  /** So many at a time. */
  readonly concurrency: number;
  carry(message: Outgoing): Promise<Outcome>;
  close(): void;
}
