import type { z } from 'zod';
import type { gateways, midtrans, paymentOrderSchema } from '#contract';
import type { InboxRow } from './inbox-queries.ts';
import type { MidtransLogRow } from './log-queries.ts';
import type { ShownOrder } from './order-queries.ts';

type Order = z.input<typeof paymentOrderSchema>;
type Inbox = z.input<typeof gateways.listGatewayInbox.response>['data'][number];
type Log = z.input<typeof midtrans.listMidtransLogs.response>['data'][number];

export function presentOrder(row: ShownOrder): Order {
  const { token: _, gateway_id: __, ...shown } = row;
  // The columns' checks allow just the contract's values.
  return { ...shown, transactions: [...row.transactions] } as Order;
}

export function presentInbox({ body, ...row }: InboxRow): Inbox {
  // As above.
  return { ...row, body: body.toString() } as Inbox;
}

export function presentLog(row: MidtransLogRow): Log {
  // As above.
  return row as Log;
}
