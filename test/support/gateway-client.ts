/** What was answered: `text` as it came, and what it says in JSON, if it does. */
export interface GatewayAnswer {
  readonly status: number;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Asks a simulated gateway as a plain client does, with the key as the name of Basic authentication. */
export async function ask(
  url: string,
  key: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<GatewayAnswer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`, ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type') === 'application/json';
  try {
    return { status: response.status, text, body: json ? JSON.parse(text) : {} };
  } catch {
    return { status: response.status, text, body: {} };
  }
}
