import { type Midtrans, type MidtransOptions, startMidtrans, startXendit, type Xendit } from '#simulators';
import { ok } from '../support/provider.ts';
import { type TestApp, testApp } from '../support/test-app.ts';

export interface Payer {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly invoiceId: string;
  readonly amount: string;
}

export interface PaidWorld extends AsyncDisposable {
  readonly nadi: TestApp;
  readonly midtrans: Midtrans;
  readonly xendit: Xendit;
  /** Everything that is on its way arrives, and is worked on. */
  settle(): Promise<void>;
  /** So many seconds pass for all: what is due is swept. */
  pass(seconds: number): Promise<void>;
  /** Another customer with an invoice of a month. */
  payer(body?: object): Promise<Payer>;
  /** Asks for the payment of an invoice; its order's number. */
  order(invoiceId: string, gateway?: 'midtrans' | 'xendit' | 'transfer'): Promise<string>;
}

let payers = 0;

/** A provider who takes payments through both gateways, each simulated on a real socket, with Nadi listening on another. */
export async function paidWorld(options: MidtransOptions = {}): Promise<PaidWorld> {
  await using cleanup = new AsyncDisposableStack();
  const midtrans = cleanup.use(await startMidtrans({ serverKey: 'kunci-midtrans', ...options }));
  const xendit = cleanup.use(await startXendit({ secretKey: 'kunci-xendit', callbackToken: 'token-xendit' }));
  const nadi = cleanup.use(
    await testApp({
      env: {
        MIDTRANS_SERVER_KEY: midtrans.serverKey,
        MIDTRANS_SNAP_URL: midtrans.url,
        MIDTRANS_API_URL: midtrans.url,
        XENDIT_SECRET_KEY: xendit.secretKey,
        XENDIT_CALLBACK_TOKEN: xendit.callbackToken,
        XENDIT_API_URL: xendit.url,
      },
    }),
  );
  const address = await nadi.app.listen({ port: 0, host: '127.0.0.1' });
  midtrans.notificationUrl = `${address}/api/midtrans/notification`;
  xendit.callbackUrl = `${address}/api/xendit/callback`;
  const { id: packageId } = await ok(nadi, {
    method: 'POST',
    url: '/api/packages',
    body: { name: 'Rumah 10', bandwidth: '5M/10M', price: 150_000 },
  });
  const settle = async () => {
    await midtrans.idle();
    await xendit.idle();
    await nadi.drainJobs();
  };
  const owned = cleanup.move();
  return {
    nadi,
    midtrans,
    xendit,
    settle,
    async pass(seconds) {
      nadi.clock.advance({ seconds });
      await midtrans.advance(seconds);
      await xendit.advance(seconds);
      for (const name of ['gateways.process', 'gateways.sweep'])
        await nadi.edition.jobs.find((job) => job.name === name)?.run({}, new AbortController().signal);
      await settle();
    },
    async payer(body = {}) {
      payers += 1;
      const name = `pembayar${payers}`;
      const customer = await ok(nadi, { method: 'POST', url: '/api/customers', body: { name } });
      const subscription = await ok(nadi, {
        method: 'POST',
        url: '/api/subscriptions',
        body: {
          customer_id: customer.id,
          package_id: packageId,
          mikrotik_username: name,
          mikrotik_password: 'rahasia-router',
          start_date: '2026-01-15',
          end_date: '2026-01-15',
          ...body,
        },
      });
      await nadi.edition.runBilling();
      const { rows } = await nadi.kit.pool.query<{ id: string; amount: string }>(
        'select id, amount from invoices where subscription_id = $1 order by created_at desc limit 1',
        [subscription.id],
      );
      const [invoice] = rows;
      if (invoice === undefined) throw new Error('The run made no invoice.');
      return {
        customerId: customer.id,
        subscriptionId: subscription.id,
        invoiceId: invoice.id,
        amount: invoice.amount,
      };
    },
    async order(invoiceId, gateway = 'midtrans') {
      const made = await ok<{ order_id: string }>(nadi, {
        method: 'POST',
        url: '/api/payment-orders',
        body: { invoice_id: invoiceId, gateway },
      });
      return made.order_id;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What stands in the books of an invoice. */
export async function booksOf(nadi: TestApp, { invoiceId, customerId, subscriptionId }: Payer) {
  const { rows } = await nadi.kit.pool.query(
    `select i.status, i.amount_paid, s.status as subscription, coalesce(f.balance, 0.00) as balance,
       (select coalesce(jsonb_agg(jsonb_build_array(p.amount::text, p.method, p.reversed_at is not null) order by p.created_at, p.receipt_number), '[]')
        from payments p where p.invoice_id = i.id) as payments
     from invoices i join subscriptions s on s.id = $3 left join customer_funds f on f.customer_id = $2 where i.id = $1`,
    [invoiceId, customerId, subscriptionId],
  );
  return rows[0];
}
