import { duration, flag, readOnly, text } from './field.ts';

export const ipPools = {
  path: '/ip/pool',
  fields: { name: text, ranges: text, 'next-pool': text, comment: text },
} as const;

export const dhcpLeases = {
  path: '/ip/dhcp-server/lease',
  fields: {
    address: text,
    'mac-address': text,
    'client-id': text,
    server: text,
    'address-lists': text,
    /** See `parseRateLimit`. */
    'rate-limit': text,
    'block-access': flag,
    comment: text,
    disabled: flag,
    status: readOnly(text),
    'active-address': readOnly(text),
    'active-mac-address': readOnly(text),
    'host-name': readOnly(text),
    'expires-after': readOnly(duration),
    'last-seen': readOnly(duration),
    dynamic: readOnly(flag),
    radius: readOnly(flag),
    blocked: readOnly(flag),
  },
} as const;

export const firewallAddressLists = {
  path: '/ip/firewall/address-list',
  fields: {
    list: text,
    address: text,
    timeout: duration,
    comment: text,
    disabled: flag,
    dynamic: readOnly(flag),
    'creation-time': readOnly(text),
  },
} as const;
