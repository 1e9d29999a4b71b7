import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { goTo } from '../support/provider.ts';
import { testApp } from '../support/test-app.ts';
import * as model from './billing-model.ts';
import { type Nodes, readBooks, readFaults } from './books.ts';
import { addPackages, type Pack, type Subscriber, settings, subscribe } from './model-world.ts';

/** NADI_MODEL_RUNS=2000 hunts for minutes; NADI_MODEL_SEED and NADI_MODEL_PATH take up a failure again. */
const {
  NADI_MODEL_SEED: seed = '20260115',
  NADI_MODEL_RUNS: runs = '30',
  NADI_MODEL_PATH: path,
} = process.env;

const index = fc.nat({ max: 999 });
const soon = fc.integer({ min: 0, max: 12 });
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('advance'), days: fc.integer({ min: 0, max: 16 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('advance'), days: fc.integer({ min: -3, max: 70 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('run'), node: fc.constantFrom(0, 1, 2) }) },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('pay'),
      at: index,
      part: fc.constantFrom(1, 1, 1, 0.33333, 0.99999, 2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reverse'), at: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('void'), at: index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('suspend'), at: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('activate'),
      at: index,
      until: fc.option(soon, { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('cancel'), at: fc.constant(0), sure: fc.constantFrom(0, 0, 1) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change'), at: index, pack: fc.nat({ max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renews'), at: index, to: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('edit'),
      pack: fc.nat({ max: 4 }),
      days: fc.integer({ min: 1, max: 40 }),
      months: fc.constantFrom(null, 1, 2),
      bill: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('next'), at: index, due: soon }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('other'), at: index, due: soon }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('settings'),
      lead: fc.constantFrom(0, 7, 7, 20),
      grace: fc.constantFrom(0, 1, 1, 5),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

const history = fc.record({
  start: fc.integer({ min: 0, max: 400 }),
  subscribers: fc.array(
    fc.record({
      pack: fc.nat({ max: 4 }),
      wait: fc.integer({ min: -20, max: 20 }),
      paid: fc.integer({ min: 0, max: 40 }),
      renews: fc.boolean(),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  commands: fc.array(command, { minLength: 15, maxLength: 40 }),
});

test('law: whatever is done in whatever order, the books are those of the model', async (context) => {
  context.diagnostic(`seed ${seed}, ${runs} runs`);
  await using nadi = await testApp({ now: '2026-01-01T03:00:00Z' });
  await using other = await testApp({ databaseUrl: nadi.kit.config.databaseUrl ?? '' });
  const nodes: Nodes = [nadi, other];
  const packs = await addPackages(nodes);
  await fc.assert(
    fc.asyncProperty(history, async ({ start, subscribers, commands }) => {
      const world = { today: '', lead: 7, grace: 1 };
      const setDay = (days: number, from: string) => {
        world.today = Temporal.PlainDate.from(from).add({ days }).toString();
        for (const node of nodes) goTo(node, world.today);
      };
      setDay(start, '2026-01-01');
      await settings(nodes, world);
      const seen: Subscriber[] = [];
      for (const one of subscribers) seen.push(await subscribe(nodes, packs, world.today, one));
      try {
        for (const [step, one] of commands.entries()) {
          const changes = await audited(nodes);
          const did = await perform(nodes, packs, seen, world, setDay, one);
          const books = await readBooks(
            nodes,
            seen.map(({ id }) => id),
          );
          const said = `step ${step}: ${JSON.stringify(one)} on ${world.today} → ${did}`;
          assert.deepEqual(
            books.subscriptions,
            seen.map(({ model: it }) => shown(it)),
            said,
          );
          assert.equal((await audited(nodes)) - changes, did === 'done' ? 1 : 0, `audited: ${said}`);
        }
        assert.deepEqual(await readFaults(nodes), {});
      } finally {
        await nadi.kit.pool.query(
          "update subscriptions set status = 'cancelled', suspended_on = null, suspended_for = null",
        );
      }
    }),
    {
      seed: Number(seed),
      numRuns: Number(runs),
      ...(path ? { path } : {}),
      endOnFailure: process.env.NADI_MODEL_RUNS === undefined,
    },
  );
});

/** The model's view of a subscription, in the form in which `readBooks` reads it. */
function shown(it: model.ModelSubscription) {
  return {
    status: it.status,
    end: it.end,
    billed: it.billed,
    renews: it.renews,
    since: it.since,
    reason: it.reason,
    spare: it.spare,
    balance: it.balance,
    invoices: it.invoices.map(({ period, amount, paid, due, status }) =>
      [period?.join('/') ?? '', amount, paid, due, status].join(' '),
    ),
    log: it.log,
  };
}

/** How many changes by persons were audited. */
async function audited([nadi]: Nodes): Promise<number> {
  const { rows } = await nadi.kit.pool.query(
    "select count(*)::int as n from audit_logs where subject_type <> 'organisation' and action <> 'billing.run'",
  );
  return rows[0].n;
}

/** Does the command to the product and to the model. Answers the model's word: done, unchanged, or a refusal's code. */
async function perform(
  nodes: Nodes,
  packs: readonly Pack[],
  seen: readonly Subscriber[],
  world: model.ModelWorld,
  setDay: (days: number, from: string) => void,
  one: Command,
): Promise<string> {
  const [nadi] = nodes;
  const { today } = world;
  const dated = (days: number) => Temporal.PlainDate.from(today).add({ days }).toString();
  /** Sends a change, and expects what the model says of it. */
  const send = async (
    method: 'POST' | 'PUT' | 'DELETE',
    url: string,
    body: object | undefined,
    word: string,
  ) => {
    const answer = await nadi.request({ method, url, ...(body ? { body } : {}) });
    const code = answer.statusCode < 300 ? 'fine' : answer.json().code;
    assert.equal(
      code,
      word === 'done' || word === 'unchanged' ? 'fine' : word,
      `${method} ${url}: ${answer.body}`,
    );
    return word;
  };
  const subscriber = seen[('at' in one ? one.at : 0) % seen.length];
  assert.ok(subscriber);
  const { id, model: it } = subscriber;
  const gone = it.status === 'cancelled';
  const url = `/api/subscriptions/${id}`;
  switch (one.do) {
    case 'advance':
      setDay('days' in one ? Number(one.days) : 0, today);
      return 'unchanged';
    case 'run': {
      const node = 'node' in one ? one.node : 0;
      await Promise.all(
        nodes.filter((_, n) => node === 2 || node === n).map(({ edition }) => edition.runBilling()),
      );
      model.run(
        seen.map((each) => each.model),
        world,
      );
      const again = await nadi.edition.runBilling();
      assert.equal(again.run_id, null, 'a second run finds nothing to do');
      return 'unchanged';
    }
    case 'settings':
      if ('lead' in one) Object.assign(world, { lead: one.lead, grace: one.grace });
      await settings(nodes, world);
      return 'unchanged';
    case 'suspend':
      return send('POST', `${url}/suspend`, undefined, model.suspend(it, today));
    case 'activate': {
      const until = 'until' in one && one.until !== undefined ? dated(one.until) : undefined;
      return send('POST', `${url}/activate`, until ? { until } : undefined, model.activate(it, world, until));
    }
    case 'cancel':
      return 'sure' in one && one.sure ? send('DELETE', url, undefined, model.cancel(it)) : 'unchanged';
    case 'change':
    case 'renews': {
      const pack = 'pack' in one ? packs[one.pack] : undefined;
      const renews = 'to' in one ? one.to : it.renews;
      const body = pack ? { package_id: pack.id } : { auto_renew: renews };
      const word = gone
        ? 'subscription_state'
        : (pack?.model ?? it.pack) === it.pack && renews === it.renews
          ? 'unchanged'
          : 'done';
      await send('PUT', url, body, word);
      if (!gone) Object.assign(it, { pack: pack?.model ?? it.pack, renews });
      return word;
    }
    case 'edit': {
      const pack = 'bill' in one ? packs[one.pack] : undefined;
      if (!pack || !('bill' in one)) return 'unchanged';
      const { days, months, bill } = one;
      const same = JSON.stringify({ ...pack.model, days, months, bill }) === JSON.stringify(pack.model);
      Object.assign(pack.model, { days, months, bill });
      const body = { validity_days: days, period_months: months, bill_suspended_time: bill };
      return send('PUT', `/api/packages/${pack.id}`, body, same ? 'unchanged' : 'done');
    }
    case 'next':
    case 'other': {
      const due = dated('due' in one ? one.due : 0);
      const body = { subscription_id: id, due_date: due, ...(one.do === 'other' ? { amount: 5000 } : {}) };
      if (!gone && one.do === 'other') model.invoiceOther(it, 500_000, due);
      else if (!gone) model.invoiceNext(it, today, due);
      return send('POST', '/api/invoices', body, gone ? 'validation_failed' : 'done');
    }
    default:
      return withInvoice(nodes, seen, one, today, send);
  }
}

/** The commands on an invoice or a payment. */
async function withInvoice(
  nodes: Nodes,
  seen: readonly Subscriber[],
  one: Command,
  today: string,
  send: (method: 'POST' | 'DELETE', url: string, body: object | undefined, word: string) => Promise<string>,
): Promise<string> {
  const { invoices, payments } = await readBooks(
    nodes,
    seen.map(({ id }) => id),
  );
  const modelOf = (invoiceId: string) => {
    const place = invoices.find((row) => row.id === invoiceId);
    const it = seen[place?.subscription ?? -1]?.model;
    const invoice = it?.invoices[place?.place ?? -1];
    assert.ok(it && invoice);
    return { it, invoice };
  };
  const at = 'at' in one ? one.at : 0;
  if (one.do === 'reverse') {
    const payment = payments[at % payments.length];
    if (!payment) return 'unchanged';
    const { it, invoice } = modelOf(payment.invoice_id);
    const word = payment.reversed ? 'payment_reversed' : model.reverse(it, invoice, payment, today);
    return send('DELETE', `/api/payments/${payment.id}`, undefined, word);
  }
  const row = invoices[at % invoices.length];
  if (!row) return 'unchanged';
  const { it, invoice } = modelOf(row.id);
  if (one.do === 'void')
    return send('DELETE', `/api/invoices/${row.id}`, undefined, model.voidInvoice(it, invoice, today));
  const part = 'part' in one ? one.part : 1;
  if (part === 1)
    return send('POST', `/api/invoices/${row.id}/mark-paid`, undefined, model.pay(it, invoice, null, today));
  const amount = Math.max(1, Math.round((invoice.amount - invoice.paid) * part));
  const body = { invoice_id: row.id, amount: (amount / 100).toFixed(2) };
  return send('POST', '/api/payments', body, model.pay(it, invoice, amount, today));
}
