import { quoted } from './quote.ts';

export interface Client {
  /** Unique among clients; letters, digits, `_` and `-`. */
  readonly name: string;
  /** An IP address. */
  readonly address: string;
  readonly secret: string;
  /** Of the router; undefined for Nadi's own test. */
  readonly routerId?: string | undefined;
}

/** Who is answered. A request of anybody else is dropped unread. */
export function clientsConf(clients: readonly Client[], requireMessageAuthenticator: boolean): string {
  return clients
    .map(
      ({ name, address, secret, routerId }) => `client ${name} {
  ipaddr = ${address}
  secret = ${quoted(secret)}
  require_message_authenticator = ${requireMessageAuthenticator ? 'yes' : 'no'}
  nas_type = other
  nadi_router = ${quoted(routerId ?? '')}
}
`,
    )
    .join('\n');
}
