import { counter, duration, flag, readOnly, text } from './field.ts';

/** PPPoE and other PPP users. */
export const pppSecrets = {
  path: '/ppp/secret',
  fields: {
    name: text,
    password: text,
    service: text,
    profile: text,
    'local-address': text,
    'remote-address': text,
    'remote-ipv6-prefix': text,
    routes: text,
    'caller-id': text,
    'limit-bytes-in': text,
    'limit-bytes-out': text,
    comment: text,
    disabled: flag,
    'last-logged-out': readOnly(text),
    'last-caller-id': readOnly(text),
    'last-disconnect-reason': readOnly(text),
  },
} as const;

export const pppProfiles = {
  path: '/ppp/profile',
  fields: {
    name: text,
    'local-address': text,
    'remote-address': text,
    'remote-ipv6-prefix-pool': text,
    'dhcpv6-pd-pool': text,
    'dns-server': text,
    /** See `parseRateLimit`. */
    'rate-limit': text,
    'only-one': text,
    'session-timeout': duration,
    'idle-timeout': duration,
    'address-list': text,
    'parent-queue': text,
    'queue-type': text,
    comment: text,
    default: readOnly(flag),
  },
} as const;

/** Sessions. Removing one disconnects the user. */
export const pppActive = {
  path: '/ppp/active',
  fields: {
    name: readOnly(text),
    service: readOnly(text),
    'caller-id': readOnly(text),
    address: readOnly(text),
    uptime: readOnly(duration),
    encoding: readOnly(text),
    'session-id': readOnly(text),
    'limit-bytes-in': counter,
    'limit-bytes-out': counter,
    radius: readOnly(flag),
  },
} as const;

/**
 * The router's ends of PPPoE calls. One that is not dynamic was made by hand for a user, and stays between calls with its
 * counters.
 */
export const pppoeLinks = {
  path: '/interface/pppoe-server',
  fields: {
    name: text,
    user: text,
    'remote-address': readOnly(text),
    uptime: readOnly(duration),
    running: readOnly(flag),
    dynamic: readOnly(flag),
  },
} as const;
