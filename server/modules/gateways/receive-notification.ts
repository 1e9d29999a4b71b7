import type { IncomingHttpHeaders } from 'node:http';
import { largestNotification } from '#contract';
import { instantText } from '#kit/clock.ts';
import { AppError } from '#kit/errors.ts';
import { gathered } from '#kit/gathered.ts';
import type { Kit } from '#kit/kit.ts';
import type { Gateway } from './gateway.ts';
import { type Arrived, insertArrived } from './inbox-queries.ts';
import { storable } from './words-in.ts';

/** The job that works on what arrived. */
export const processJob = { name: 'gateways.process', payload: {}, key: 'gateways.process' };

/** Written together at most. */
const most = 200;
/** Kept of what is not genuine: somebody could send it without end. */
const keptBytes = 4096;

export type Receive = (
  gateway: Gateway | undefined,
  body: Uint8Array,
  headers: IncomingHttpHeaders,
  ip: string,
) => Promise<{ readonly success: boolean; readonly status: string }>;

/**
 * Takes notifications: each is stored as it came, and committed, before it is answered; nothing else is done with it here
 * (architecture, invariant 5). What is not the gateway's is stored too, for a person to see, and refused.
 * @throws {AppError} gateway_off, not_genuine, invalid_json, body_too_large
 */
export function receiver(kit: Kit): Receive {
  const store = gathered<Arrived>(most, (arrived) =>
    insertArrived(kit.db, arrived, processJob, instantText(kit.clock.now())),
  );
  return async (gateway, body, headers, ip) => {
    if (gateway === undefined) throw new AppError('gateway_off');
    const seen = { gateway: gateway.name, ip, orderId: null, status: null };
    if (body.length > largestNotification) {
      await store({ ...seen, body: body.subarray(0, keptBytes), verdict: 'too_large' });
      throw new AppError('body_too_large');
    }
    const parsed = parse(body);
    const notification = parsed === undefined ? undefined : gateway.readNotification(parsed.value, headers);
    if (notification === undefined) {
      await store({ ...seen, body: body.subarray(0, keptBytes), verdict: 'unreadable' });
      throw new AppError(parsed === undefined ? 'invalid_json' : 'not_genuine');
    }
    const { verdict, orderId, status } = notification;
    const kept = verdict === 'genuine' ? body : body.subarray(0, keptBytes);
    await store({ ...seen, body: kept, verdict, orderId: storable(orderId), status: storable(status) });
    if (verdict === 'forged') throw new AppError('not_genuine');
    return { success: true, status };
  };
}

function parse(body: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch {
    return undefined;
  }
}
