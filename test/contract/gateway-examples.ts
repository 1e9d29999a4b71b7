import { createHash } from 'node:crypto';
import type { TestApp } from '../support/test-app.ts';
import { callbackToken, midtransOf } from './contract-app.ts';
import type { Prepare } from './prepare.ts';
import type { World } from './world.ts';

const ask = (world: World, gateway: string) =>
  world.send('POST', '/api/payment-orders', { invoice_id: world.ids.invoice, gateway });

const transfer: Prepare = async (world) => [{ params: { id: String((await ask(world, 'transfer')).id) } }];

/** An order of Midtrans' that its customer chose how to pay. */
async function chosen(world: World, nadi: TestApp): Promise<string> {
  const { order_id: orderId } = await ask(world, 'midtrans');
  midtransOf(nadi).choose(String(orderId), { payment_type: 'qris' });
  return String(orderId);
}

async function paid(world: World, nadi: TestApp) {
  const order = await ask(world, 'midtrans');
  midtransOf(nadi).pay(String(order.order_id), { payment_type: 'credit_card' });
  midtransOf(nadi).settle(String(order.order_id));
  const checked = await world.send('POST', `/api/payment-orders/${order.id}/check`);
  const [transaction] = checked.transactions as { transaction_id: string; payment_id: string }[];
  return { id: String(order.id), transaction };
}

const linkOf = async (world: World) => {
  const { url } = await world.send('GET', `/api/invoices/${world.ids.invoice}/payment-link`);
  return new URL(String(url)).pathname.split('/').at(-1) ?? '';
};

const notification: Prepare = async (world, nadi) => {
  const orderId = await chosen(world, nadi);
  const gross = '150000.00';
  const { serverKey } = midtransOf(nadi);
  const signature = createHash('sha512').update(`${orderId}200${gross}${serverKey}`).digest('hex');
  return [
    {
      body: {
        order_id: orderId,
        status_code: '200',
        gross_amount: gross,
        signature_key: signature,
        transaction_status: 'settlement',
      },
    },
  ];
};

export const gatewayPreparations: Readonly<Record<string, Prepare>> = {
  createPaymentOrder: async ({ ids }) => [{ body: { invoice_id: ids.invoice, gateway: 'transfer' } }],
  showPaymentOrder: transfer,
  checkPaymentOrder: transfer,
  cancelPaymentOrder: transfer,
  receiveTransfer: async (world) => [
    {
      params: { id: String((await ask(world, 'transfer')).id) },
      body: { amount: '150000', reference: 'Contoh' },
    },
  ],
  resolvePaymentOrder: async (world, nadi) => {
    const { id, transaction } = await paid(world, nadi);
    await nadi.kit.pool.query(
      `update gateway_transactions set held = 'contradicted' where payment_order_id = $1`,
      [id],
    );
    const body = { transaction_id: transaction?.transaction_id, kept: '0', reason: 'Contoh' };
    return [{ params: { id }, body }];
  },
  refundPayment: async (world, nadi) => {
    const { transaction } = await paid(world, nadi);
    return [{ params: { id: transaction?.payment_id ?? '' }, body: { amount: '1000', reason: 'Contoh' } }];
  },
  createMidtransToken: async ({ ids }) => [{ body: { invoice_id: ids.invoice } }],
  receiveMidtransNotification: notification,
  receiveXenditCallback: async () => [
    { body: { external_id: 'INV-1' }, headers: { 'x-callback-token': callbackToken } },
  ],
  showMidtransStatus: async (world, nadi) => [{ params: { orderId: await chosen(world, nadi) } }],
  cancelMidtransOrder: async (world, nadi) => [{ params: { orderId: await chosen(world, nadi) } }],
  showReconciliation: async () => [{ query: { from: '2026-01-01', to: '2026-01-15' } }],
  showPayPage: async (world) => [{ params: { token: await linkOf(world) } }],
  startPayment: async (world) => [{ params: { token: await linkOf(world), gateway: 'transfer' } }],
};
