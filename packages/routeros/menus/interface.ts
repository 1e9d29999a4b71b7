import { counter, flag, readOnly, text, whole } from './field.ts';

/** Interfaces, with the counters since the router started. rx and tx are the router's. */
export const interfaces = {
  path: '/interface',
  fields: {
    name: text,
    'default-name': readOnly(text),
    type: readOnly(text),
    mtu: text,
    'actual-mtu': readOnly(whole),
    'mac-address': readOnly(text),
    comment: text,
    disabled: flag,
    running: readOnly(flag),
    dynamic: readOnly(flag),
    slave: readOnly(flag),
    'rx-byte': counter,
    'tx-byte': counter,
    'rx-packet': counter,
    'tx-packet': counter,
    'rx-error': counter,
    'tx-error': counter,
    'rx-drop': counter,
    'tx-drop': counter,
    'link-downs': counter,
    'last-link-up-time': readOnly(text),
    'last-link-down-time': readOnly(text),
  },
} as const;
