import type { IncomingHttpHeaders } from 'node:http';

/** What a client asks of a gateway. */
export interface Call {
  readonly method: string;
  /** As it was asked, without what follows `?`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What it is answered: an object is sent as JSON, a text as a web page. */
export interface Answer {
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call that was received. */
export interface Asked extends Call {
  /** When, in the simulator's time: RFC 3339. */
  readonly at: string;
  /** What the gateway did about it; none where a fault kept it from being done. The client may have seen less. */
  answer: Answer | undefined;
}

/** Whether the call carries this key as Basic authentication wants it: as the name, with an empty password. */
export const carries = ({ headers }: Call, key: string): boolean =>
  headers.authorization === `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** What the text says in JSON; none where it is not an object. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The value if it is an object that is no list. */
export const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  // An object's own properties are all that is ever read of it.
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
