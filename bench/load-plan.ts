/** One request that a plan may send. */
export interface PlannedRequest {
  /** Requests of one kind are measured together. */
  readonly kind: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** What the load generator is told. */
export interface LoadPlan {
  readonly url: string;
  readonly token: string;
  readonly connections: number;
  readonly seconds: number;
  /**
   * Requests a second, sent at their time whether or not earlier ones were answered. Without it each connection
   * sends as fast as it is answered.
   */
  readonly rate?: number;
  /** Sent in this order, again from the start when they run out. */
  readonly requests: readonly PlannedRequest[];
}

/** Figures of one kind of request; times in milliseconds from when a request was due. */
export interface LoadFigures {
  readonly kind: string;
  readonly count: number;
  /** Answers that were no 2xx, and requests without an answer. */
  readonly failed: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The value that `share` of the sorted `values` do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  return values[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN;
}
