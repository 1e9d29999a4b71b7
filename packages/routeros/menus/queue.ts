import { InvalidInput } from '../errors.ts';
import { counterPair, durationPair, flag, ratePair, readOnly, text, wholePair } from './field.ts';

const path = '/queue/simple';

/** Without a target, a queue is for every packet of the router: one customer's limit throttles the whole network. */
function check(values: Readonly<Record<string, unknown>>, adding: boolean): void {
  const { target } = values;
  const missing = adding ? target === undefined : 'target' in values && target === undefined;
  const empty = typeof target === 'string' && target.split(',').some((part) => part.trim() === '');
  if ((adding && missing) || empty) {
    throw new InvalidInput('target', 'is empty: such a queue would throttle everybody', { command: path });
  }
}

export const simpleQueues = {
  path,
  fields: {
    name: text,
    target: text,
    dst: text,
    parent: text,
    'packet-marks': text,
    priority: wholePair,
    queue: text,
    'max-limit': ratePair,
    'limit-at': ratePair,
    'burst-limit': ratePair,
    'burst-threshold': ratePair,
    'burst-time': durationPair,
    comment: text,
    disabled: flag,
    bytes: counterPair,
    packets: counterPair,
    dropped: counterPair,
    rate: readOnly(ratePair),
    invalid: readOnly(flag),
    dynamic: readOnly(flag),
  },
  check,
} as const;
