/** What a notification says, before it is JSON. */
export type Body = Readonly<Record<string, unknown>>;

/** A notification as it goes out. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

/** What came of sending it once. */
export interface Attempt {
  /** In the simulator's time: RFC 3339. */
  readonly at: string;
  /** The answer's status; none where there was no answer. */
  readonly status: number | undefined;
  /** The answer's text, or why there was none. */
  readonly text: string;
}

/** A notification to one address, and what came of it. */
export interface Notification extends Message {
  /** From 1, in the order in which they came about. */
  readonly number: number;
  /** The order or invoice it is about. */
  readonly subject: string;
  readonly url: string;
  readonly attempts: readonly Attempt[];
  readonly state: 'waiting' | 'delivered' | 'given up' | 'dropped';
}
