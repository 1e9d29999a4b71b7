import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Midtrans } from '#simulators';
import { readFaults } from '../billing/books.ts';
import { ok } from '../support/provider.ts';
import { type PaidWorld, type Payer, paidWorld } from './paid-world.ts';

type Act =
  | { readonly act: 'order'; readonly who: number; readonly gateway: 'midtrans' | 'xendit' }
  | {
      readonly act:
        | 'choose'
        | 'qris'
        | 'fee'
        | 'card'
        | 'settle'
        | 'expire'
        | 'cancel'
        | 'refund'
        | 'part'
        | 'chargeback';
      readonly which: number;
    }
  | { readonly act: 'cash' | 'invoice' | 'void'; readonly who: number }
  | { readonly act: 'work' | 'hour' | 'day' | 'bill' | 'heal' }
  | { readonly act: 'fault'; readonly which: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('order' as const),
      who: fc.nat(2),
      gateway: fc.constantFrom('midtrans' as const, 'midtrans' as const, 'xendit' as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constantFrom(
        'choose' as const,
        'qris' as const,
        'fee' as const,
        'card' as const,
        'settle' as const,
        'expire' as const,
        'cancel' as const,
        'refund' as const,
        'part' as const,
        'chargeback' as const,
      ),
      which: fc.nat(9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom('cash' as const, 'invoice' as const, 'void' as const),
      who: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom(
        'work' as const,
        'hour' as const,
        'day' as const,
        'bill' as const,
        'heal' as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('fault' as const), which: fc.nat(20) }) },
);

test('whatever gateways go through, tell, forget, repeat, forge or refuse: once healed, the books are what they say', async (t) => {
  const seen = { orders: 0, payments: 0, reversed: 0, notified: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 45 }), async (acts) => {
      await using world = await paidWorld();
      const payers = [await world.payer(), await world.payer(), await world.payer()];
      const cash = new Map<string, number>();
      for (const step of acts) await doIt(world, payers, cash, step);
      await heal(world);
      await assertRight(world, payers, cash);
      const { rows } = await world.nadi.kit.pool.query(
        `select (select count(*)::int from payment_orders) as orders, count(*)::int as payments,
           count(*) filter (where reversed_at is not null)::int as reversed, (select count(*)::int from gateway_inbox) as notified
         from payments where transaction_id is not null`,
      );
      for (const name of ['orders', 'payments', 'reversed', 'notified'] as const) seen[name] += rows[0][name];
    }),
    { numRuns: Number(process.env.NADI_MODEL_RUNS ?? 15), seed: 20260115 },
  );
  t.diagnostic(JSON.stringify(seen));
});

/** Nothing is broken any more, and enough time passes for everything to be found. */
async function heal(world: PaidWorld): Promise<void> {
  for (const gateway of [world.midtrans, world.xendit]) gateway.faults.clear();
  for (const seconds of [60, 3600, 3600, 86_400, 86_400, 86_400 * 3, 86_400 * 7, 86_400 * 30])
    await world.pass(seconds);
}

async function doIt(
  world: PaidWorld,
  payers: readonly Payer[],
  cash: Map<string, number>,
  step: Act,
): Promise<void> {
  const { nadi, midtrans, xendit } = world;
  switch (step.act) {
    case 'order': {
      const { customerId } = payers[step.who] ?? payers[0] ?? { customerId: '' };
      const { data } = await ok<{ data: { id: string; status: string }[] }>(nadi, {
        url: `/api/invoices?customer_id=${customerId}`,
      });
      const open = data.find(({ status }) => status === 'unpaid' || status === 'overdue');
      if (open)
        await nadi.request({
          method: 'POST',
          url: '/api/payment-orders',
          body: { invoice_id: open.id, gateway: step.gateway },
        });
      return;
    }
    case 'cash': {
      const { customerId } = payers[step.who] ?? payers[0] ?? { customerId: '' };
      const { data } = await ok<{ data: { id: string; status: string }[] }>(nadi, {
        url: `/api/invoices?customer_id=${customerId}`,
      });
      const open = data.find(({ status }) => status === 'unpaid' || status === 'overdue');
      if (!open) return;
      await ok(nadi, {
        method: 'POST',
        url: '/api/payments',
        body: { invoice_id: open.id, amount: '60000' },
      });
      cash.set(customerId, (cash.get(customerId) ?? 0) + 60_000);
      return;
    }
    case 'invoice': {
      const { customerId } = payers[step.who] ?? payers[0] ?? { customerId: '' };
      await ok(nadi, {
        method: 'POST',
        url: '/api/invoices',
        body: { customer_id: customerId, amount: '70000', due_date: '2027-01-30' },
      });
      return;
    }
    case 'void': {
      const { customerId } = payers[step.who] ?? payers[0] ?? { customerId: '' };
      const { data } = await ok<{ data: { id: string; status: string }[] }>(nadi, {
        url: `/api/invoices?customer_id=${customerId}`,
      });
      const open = data.find(({ status }) => status === 'unpaid');
      if (open) await nadi.request({ method: 'DELETE', url: `/api/invoices/${open.id}` });
      return;
    }
    case 'work':
      return world.settle();
    case 'hour':
      return world.pass(3600);
    case 'day':
      return world.pass(86_400);
    case 'bill':
      await nadi.edition.runBilling();
      return;
    case 'heal':
      for (const gateway of [midtrans, xendit]) gateway.faults.clear();
      return;
    case 'fault':
      breakSomething(world, step.which);
      return;
    default:
      live(world, step.act, step.which);
  }
}

/** The customer, the provider or a bank does something at the gateway, where the gateway lets them. */
function live({ midtrans, xendit, nadi: _ }: PaidWorld, what: string, which: number): void {
  const orders = midtrans.orders;
  const order = orders[which % Math.max(orders.length, 1)];
  const acts: Readonly<Record<string, (id: string) => void>> = {
    choose: (id) => midtrans.choose(id, { payment_type: 'bank_transfer', bank: 'bni' }),
    qris: (id) => midtrans.pay(id, { payment_type: 'qris' }),
    fee: (id) =>
      midtrans.pay(id, {
        payment_type: 'gopay',
        fee: { amount: 1500, told: which % 2 === 0 ? 'metadata' : 'extra_info' },
      }),
    card: (id) => midtrans.pay(id, { payment_type: 'credit_card' }),
    settle: (id) => midtrans.settle(id),
    expire: (id) => midtrans.expire(id),
    cancel: (id) => midtrans.cancel(id),
    refund: (id) => midtrans.refund(id),
    part: (id) => midtrans.refund(id, 10_000),
    chargeback: (id) => midtrans.chargeback(id),
  };
  const invoices = xendit.calls.flatMap(({ answer }) => {
    const body: unknown = answer?.body;
    const id = typeof body === 'object' && body !== null ? Reflect.get(body, 'id') : undefined;
    return typeof id === 'string' ? [id] : [];
  });
  const invoice = invoices[which % Math.max(invoices.length, 1)];
  const xenditActs: Readonly<Record<string, (id: string) => void>> = {
    qris: (id) => xendit.pay(id),
    fee: (id) => xendit.pay(id, { surcharge: 2500, fee: 2000 }),
    settle: (id) => xendit.settle(id),
    expire: (id) => xendit.expire(id),
  };
  try {
    if (invoice !== undefined && which % 3 === 0) xenditActs[what]?.(invoice);
    else if (order !== undefined) acts[what]?.(order);
  } catch {
    // The gateway does not go there from where it is.
  }
}

function breakSomething({ midtrans, xendit }: PaidWorld, which: number): void {
  const gateway = which % 4 === 0 ? xendit : midtrans;
  const call = which % 2 === 0 ? /status$|v2\/invoices/ : /./;
  const times = 1 + (which % 4);
  const faults = [
    () => gateway.faults.add({ do: 'duplicate', milliseconds: 5, copies: 2, times }),
    () => gateway.faults.add({ do: 'reorder', times }),
    () => gateway.faults.add({ do: 'postpone', seconds: 5000, times }),
    () => gateway.faults.add({ do: 'drop', times }),
    () => gateway.faults.add({ do: 'forge', times }),
    () => gateway.faults.add({ do: 'reset', when: 'before', call, times }),
    () => gateway.faults.add({ do: 'reset', when: 'after', call, times }),
    () => gateway.faults.add({ do: 'fail', status: 502, when: 'after', call, times }),
    () => gateway.faults.add({ do: 'html', when: 'after', call, times }),
    () => gateway.faults.add({ do: 'garble', when: 'after', call, times }),
    () => gateway.faults.add({ do: 'wrong amount', amount: 149_999, times }),
  ];
  faults[which % faults.length]?.();
}

/** What Midtrans has of an order that it did not give back. */
function keptOf(midtrans: Midtrans, order: string): number {
  const found = midtrans.find(order);
  if (found === undefined) return 0;
  const asked = found.order.amount;
  const back = found.refunds.reduce((sum, { amount }) => sum + amount, 0);
  if (['capture', 'settlement', 'partial_refund'].includes(found.status)) return Math.max(0, asked - back);
  return 0;
}

async function assertRight(
  world: PaidWorld,
  payers: readonly Payer[],
  cash: ReadonlyMap<string, number>,
): Promise<void> {
  const { nadi, midtrans, xendit } = world;
  assert.deepEqual(await readFaults([nadi, nadi]), {});
  const { rows } = await nadi.kit.pool.query<{
    order_id: string;
    gateway: string;
    customer_id: string;
    booked: string;
  }>(
    `select o.order_id, o.gateway, i.customer_id, coalesce(sum(p.amount), 0) as booked
     from payment_orders o join invoices i on i.id = o.invoice_id left join gateway_transactions t on t.payment_order_id = o.id
       left join payments p on p.transaction_id = t.transaction_id and p.reversed_at is null
     group by 1, 2, 3`,
  );
  for (const { order_id: order, gateway, booked } of rows) {
    const paid = xendit.find(order);
    const kept =
      gateway === 'midtrans' ? keptOf(midtrans, order) : paid?.paid === undefined ? 0 : paid.paid.amount;
    assert.equal(
      Number(booked),
      kept,
      `${gateway} ${order}: ${midtrans.find(order)?.status ?? paid?.status}`,
    );
  }
  const { rows: left } = await nadi.kit.pool.query(
    `select count(*) filter (where kept <> booked or held is not null)::int as unbooked,
       (select count(*)::int from gateway_inbox_open where state = 'waiting') as waiting from gateway_transactions`,
  );
  assert.deepEqual(left, [{ unbooked: 0, waiting: 0 }]);
  for (const { customerId } of payers) {
    const { rows: sums } = await nadi.kit.pool.query<{ has: string }>(
      `select coalesce((select sum(amount_paid) from invoices where customer_id = $1), 0)
         + coalesce((select balance from customer_funds where customer_id = $1), 0) as has`,
      [customerId],
    );
    const online = rows
      .filter((row) => row.customer_id === customerId)
      .reduce((sum, { booked }) => sum + Number(booked), 0);
    assert.equal(Number(sums[0]?.has), online + (cash.get(customerId) ?? 0), 'a customer has what was paid');
  }
}
