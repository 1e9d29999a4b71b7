import { counter, duration, flag, readOnly, text, whole } from './field.ts';

export const hotspotUsers = {
  path: '/ip/hotspot/user',
  fields: {
    name: text,
    password: text,
    server: text,
    profile: text,
    address: text,
    'mac-address': text,
    email: text,
    'limit-uptime': duration,
    'limit-bytes-in': text,
    'limit-bytes-out': text,
    'limit-bytes-total': text,
    comment: text,
    disabled: flag,
    uptime: readOnly(duration),
    'bytes-in': counter,
    'bytes-out': counter,
    'packets-in': counter,
    'packets-out': counter,
    dynamic: readOnly(flag),
    default: readOnly(flag),
  },
} as const;

export const hotspotUserProfiles = {
  path: '/ip/hotspot/user/profile',
  fields: {
    name: text,
    'address-pool': text,
    'session-timeout': duration,
    'idle-timeout': duration,
    'keepalive-timeout': duration,
    /** A number or `unlimited`. */
    'shared-users': text,
    /** See `parseRateLimit`. */
    'rate-limit': text,
    'address-list': text,
    'parent-queue': text,
    default: readOnly(flag),
  },
} as const;

/** Sessions. Removing one disconnects the user. */
export const hotspotActive = {
  path: '/ip/hotspot/active',
  fields: {
    server: readOnly(text),
    user: readOnly(text),
    address: readOnly(text),
    'mac-address': readOnly(text),
    'login-by': readOnly(text),
    uptime: readOnly(duration),
    'idle-time': readOnly(duration),
    'session-time-left': readOnly(duration),
    'bytes-in': counter,
    'bytes-out': counter,
    'packets-in': counter,
    'packets-out': counter,
    radius: readOnly(flag),
    comment: readOnly(text),
    vlan: readOnly(whole),
  },
} as const;
