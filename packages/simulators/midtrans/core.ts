import { randomUUID } from 'node:crypto';
import { type Answer, type Call, carries, objectIn } from '../payments/call.ts';
import type { Body } from '../payments/notification.ts';
import { type Account, answerOf, statusOf } from './body.ts';
import { money } from './formats.ts';
import { refundable, refundableWhole } from './payment-types.ts';
import { isChallenged, refunded, type Transaction } from './transaction.ts';
import type { World } from './world.ts';

type Act = (world: World, account: Account, transaction: Transaction, call: Call) => Body;

/** 412 is for all that the status does not let (docs.midtrans.com/reference/cancel-transaction). */
const cannot: Body = {
  status_code: '412',
  status_message: 'Merchant cannot modify the status of the transaction',
};

const acts: Readonly<Record<string, Act>> = {
  'GET status': (_world, account, transaction) => statusOf(account, transaction),
  'POST cancel': (world, account, transaction) => {
    if (!world.mayMove(transaction, 'cancel')) return cannot;
    world.move(transaction, 'cancel');
    return answerOf(account, transaction, 'Success, transaction is canceled');
  },
  'POST expire': (world, account, transaction) => {
    if (!world.mayMove(transaction, 'expire')) return cannot;
    world.move(transaction, 'expire');
    return answerOf(account, transaction, 'Success, transaction has expired');
  },
  'POST approve': (world, account, transaction) => {
    if (!isChallenged(transaction)) return cannot;
    world.decide(transaction, 'accept');
    return answerOf(account, transaction, 'Success, transaction is approved');
  },
  'POST deny': (world, account, transaction) => {
    if (!isChallenged(transaction)) return cannot;
    world.decide(transaction, 'deny');
    return { ...answerOf(account, transaction, 'Success, transaction is denied'), status_code: '200' };
  },
  'POST refund': refund,
  'POST refund/online/direct': refund,
};

/**
 * What the core API answers under /v2. Refusals come with HTTP 200 and say in the body what they are; `sameStatus` has HTTP say so,
 * too, as some accounts were seen to be answered.
 */
export function answerCore(world: World, account: Account, call: Call, sameStatus: boolean): Answer {
  if (!carries(call, account.serverKey))
    return {
      status: 401,
      body: {
        status_code: '401',
        status_message: 'Transaction cannot be authorized with the current client/server key.',
      },
    };
  const body = bodyFor(world, account, call);
  const code = Number(body.status_code);
  return { status: sameStatus && code >= 400 && code !== 407 ? code : 200, body };
}

function bodyFor(world: World, account: Account, call: Call): Body {
  const [, id, name] = /^\/v2\/([^/]+)\/(.+)$/.exec(call.path) ?? [];
  if (call.method === 'POST' && call.path === '/v2/capture') return capture(world, account, call);
  const act = acts[`${call.method} ${name}`];
  if (id === undefined || act === undefined)
    return { status_code: '405', status_message: 'HTTP method is not allowed' };
  const transaction = world.find(decoded(id));
  // Also of an order whose customer did not choose how to pay yet.
  return transaction === undefined ? missing() : act(world, account, transaction, call);
}

const missing = (): Body => ({
  status_code: '404',
  status_message: "Transaction doesn't exist.",
  id: randomUUID(),
});

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of an authorized card; less than all of it may be taken, but here it is all or nothing. */
function capture(world: World, account: Account, call: Call): Body {
  const { transaction_id: id } = objectIn(call.text) ?? {};
  const transaction = typeof id === 'string' ? world.find(id) : undefined;
  if (transaction === undefined) return missing();
  if (transaction.status !== 'authorize') return cannot;
  world.move(transaction, 'capture');
  return answerOf(account, transaction, 'Success, Credit Card capture transaction is successful');
}

/** docs.midtrans.com/reference/refund-transaction: a key that was used refunds nothing again, and is refused with 406. */
function refund(world: World, account: Account, transaction: Transaction, call: Call): Body {
  const asked = call.text === '' ? {} : objectIn(call.text);
  const { refund_key: key = `${randomUUID()}`, amount, reason = '' } = asked ?? {};
  if (asked === undefined || typeof key !== 'string' || !/^[\w-]+$/.test(key) || typeof reason !== 'string')
    return { status_code: '400', status_message: 'One or more parameters in the payload is invalid.' };
  if (transaction.refunds.some((each) => each.key === key))
    return { status_code: '406', status_message: 'Duplicate refund ID' };
  const { payment_type: type } = transaction.choice;
  if (!world.mayMove(transaction, 'refund') || !refundable.includes(type)) return cannot;
  const left = transaction.amount - refunded(transaction);
  // What is asked may be a number or a text.
  const wanted = amount === undefined ? left : Number(amount);
  if (!Number.isSafeInteger(wanted) || wanted < 1 || wanted > left)
    return { status_code: '414', status_message: 'Refund request is rejected due to invalid amount' };
  if (wanted < transaction.amount && refundableWhole.includes(type)) return cannot;
  world.refund(transaction, wanted, key, reason);
  return answerOf(account, transaction, 'Success, refund request is approved', {
    refund_chargeback_id: transaction.refunds.at(-1)?.number,
    refund_amount: money(wanted),
    refund_key: key,
  });
}
