import { isIPv4 } from 'node:net';

/** A firewall rule as RouterOS takes it, in the order in which the rules stand. */
export interface Rule {
  readonly menu: '/ip/firewall/filter' | '/ip/firewall/nat';
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Notice {
  /** The address list of isolated customers. */
  readonly list: string;
  /** IPv4. */
  readonly server: string;
  readonly port: number;
}

/** How the comment of each begins, by which they are found again. */
export const ruleMark = 'nadi:isolir';

/**
 * What leads isolated customers to the notice page: plain HTTP goes to the server; names are answered, the server is reached,
 * and nothing else. A connection that is refused at once (HTTPS cannot be led anywhere) makes phones show the page sooner.
 */
export function isolirRules({ list, server, port }: Notice): readonly Rule[] {
  const of = { 'src-address-list': list };
  const filter = (chain: string, about: string, rest: Readonly<Record<string, string>>): Rule => ({
    menu: '/ip/firewall/filter',
    attributes: { chain, ...of, ...rest, comment: `${ruleMark} ${about}` },
  });
  const nat = (chain: string, about: string, rest: Readonly<Record<string, string>>): Rule => ({
    menu: '/ip/firewall/nat',
    attributes: { chain, ...of, ...rest, comment: `${ruleMark} ${about}` },
  });
  const dns = ['udp', 'tcp'].flatMap((protocol) =>
    ['input', 'forward'].map((chain) =>
      filter(chain, `dns ${protocol}`, { protocol, 'dst-port': '53', action: 'accept' }),
    ),
  );
  return [
    nat('dstnat', 'page', {
      protocol: 'tcp',
      'dst-port': '80',
      action: 'dst-nat',
      'to-addresses': server,
      'to-ports': String(port),
    }),
    // The server tells customers by their own addresses, which masquerading would hide.
    ...(isPrivate(server) ? [nat('srcnat', 'own address', { 'dst-address': server, action: 'accept' })] : []),
    ...dns,
    filter('forward', 'page', {
      'dst-address': server,
      protocol: 'tcp',
      'dst-port': String(port),
      action: 'accept',
    }),
    filter('forward', 'refuse', { protocol: 'tcp', action: 'reject', 'reject-with': 'tcp-reset' }),
    filter('forward', 'drop', { action: 'drop' }),
  ];
}

/** Whether an IPv4 address is of a network of one's own (RFC 1918, RFC 6598). */
export function isPrivate(address: string): boolean {
  if (!isIPv4(address)) return false;
  const [a = 0, b = 0] = address.split('.').map(Number);
  return (
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128)
  );
}
