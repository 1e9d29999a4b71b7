import { gateways as contract, midtrans, xendit } from '#contract';
import { AppError } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, type Route, routes } from '#kit/module.ts';
import { findInvoice } from '../billing/index.ts';
import { findPayment, presentPayment } from '../payments/index.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { cancelOrder, checkOrder, receiveTransfer, refundPayment, resolveOrder } from './change-order.ts';
import { createOrder, trouble } from './create-order.ts';
import { type Gateway, GatewayError, type GatewayName } from './gateway.ts';
import { listInboxRows } from './inbox-queries.ts';
import { gatewayJobs } from './jobs.ts';
import { listLogRows } from './log-queries.ts';
import { midtransGateway } from './midtrans/midtrans.ts';
import { findOrder, findOrderCalled, listOrderRows } from './order-queries.ts';
import { payUrl } from './pay-link.ts';
import { payRoutes } from './pay-routes.ts';
import { presentInbox, presentLog, presentOrder } from './present.ts';
import type { Gateways } from './process-inbox.ts';
import { receiver } from './receive-notification.ts';
import { differing, reconcileGateways } from './reconciliation-queries.ts';
import { xenditGateway } from './xendit/xendit.ts';

export { eraseGatewayLogsOf } from './log-queries.ts';
export { payUrlsOf } from './pay-link.ts';

const mostDiffering = 500;

export function gatewaysModule(kit: Kit, onChanged: OnSubscriptionsChanged): Module {
  const gateways = gatewaysOf(kit);
  return {
    name: 'gateways',
    jobs: gatewayJobs(kit, gateways, onChanged),
    routes: [
      ...orderRoutes(kit, gateways, onChanged),
      ...gatewayRoutes(kit, gateways, onChanged),
      ...payRoutes(kit, gateways),
    ],
  };
}

/** Those that the configuration has keys for. */
function gatewaysOf({ config }: Kit): Gateways {
  const all: Gateway[] = [
    ...(config.midtrans === undefined ? [] : [midtransGateway(config.midtrans)]),
    ...(config.xendit === undefined ? [] : [xenditGateway(config.xendit)]),
  ];
  return new Map<GatewayName, Gateway>(all.map((gateway) => [gateway.name, gateway]));
}

function orderRoutes(kit: Kit, gateways: Gateways, onChanged: OnSubscriptionsChanged): readonly Route[] {
  const orderOf = async (id: string) => {
    const order = await findOrder(kit.db, id);
    if (!order) throw new AppError('not_found');
    return order;
  };
  const shown = async (id: string) => presentOrder(await orderOf(id));
  return routes(contract, {
    listPaymentOrders: async ({ query }, call) =>
      paginate(call, query, await listOrderRows(kit.db, query), presentOrder),
    createPaymentOrder: async ({ body }, call) =>
      shown((await createOrder(kit, gateways, call.author, body)).id),
    showPaymentOrder: ({ params }) => shown(params.id),
    checkPaymentOrder: async ({ params }) => {
      const order = await orderOf(params.id);
      await orTrouble(() => checkOrder(kit, gateways, onChanged, order));
      return shown(params.id);
    },
    cancelPaymentOrder: async ({ params }, call) => {
      const order = await orderOf(params.id);
      await orTrouble(() => cancelOrder(kit, gateways, call.author, order));
      return shown(params.id);
    },
    receiveTransfer: async ({ params, body }, call) => {
      await receiveTransfer(kit, onChanged, call.author, await orderOf(params.id), body);
      return shown(params.id);
    },
    resolvePaymentOrder: async ({ params, body }, call) => {
      await resolveOrder(kit, onChanged, call.author, await orderOf(params.id), body);
      return shown(params.id);
    },
    refundPayment: async ({ params, body }, call) => {
      await refundPayment(kit, gateways, onChanged, call.author, params.id, body);
      const payment = await findPayment(kit.db, params.id);
      if (!payment) throw new AppError('not_found');
      return presentPayment(payment);
    },
    showPaymentLink: async ({ params }) => {
      if (!(await findInvoice(kit.db, params.id))) throw new AppError('not_found');
      return { url: payUrl(kit, params.id) };
    },
    listGatewayInbox: async ({ query }, call) =>
      paginate(call, query, await listInboxRows(kit.db, query), presentInbox),
    showReconciliation: async ({ query: { from, to } }) => ({
      from,
      to,
      gateways: await reconcileGateways(kit.db, from, to),
      differing: await differing(kit.db, from, to, mostDiffering),
    }),
  });
}

async function orTrouble<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof GatewayError ? trouble(error) : error;
  }
}

function gatewayRoutes(kit: Kit, gateways: Gateways, onChanged: OnSubscriptionsChanged): readonly Route[] {
  const receive = receiver(kit);
  const orderCalled = async (orderId: string) => {
    const order = await findOrderCalled(kit.db, orderId);
    if (order?.gateway !== 'midtrans') throw new AppError('not_found');
    return order;
  };
  return [
    ...routes(midtrans, {
      createMidtransToken: ({ body }, call) =>
        saying(call, async () => {
          const order = await createOrder(kit, gateways, call.author, { ...body, gateway: 'midtrans' });
          return { snap_token: order.token ?? '', order_id: order.order_id, redirect_url: order.url ?? '' };
        }),
      receiveMidtransNotification: ({ body }, call) =>
        receive(gateways.get('midtrans'), body, call.headers, call.ip),
      showMidtransStatus: async ({ params }, call) => {
        const order = await orderCalled(params.orderId);
        return saying(call, async () => ({
          data: (await checkOrder(kit, gateways, onChanged, order)).answer,
        }));
      },
      cancelMidtransOrder: async ({ params }, call) => {
        const order = await orderCalled(params.orderId);
        return saying(call, async () => ({ data: await cancelOrder(kit, gateways, call.author, order) }));
      },
      listMidtransLogs: async ({ query }, call) =>
        paginate(call, query, await listLogRows(kit.db, query), presentLog),
    }),
    ...routes(xendit, {
      receiveXenditCallback: ({ body }, call) => receive(gateways.get('xendit'), body, call.headers, call.ip),
    }),
  ];
}

/** Spec 3's way: what is in the way is said with 200 (decisions.md, Everywhere). */
async function saying<T extends object>(
  { language }: Call,
  work: () => Promise<T>,
): Promise<({ success: true } & T) | { success: false; message: string }> {
  try {
    return { success: true, ...(await orTrouble(work)) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'validation_failed') throw error;
    return { success: false, message: error.said(language) };
  }
}
