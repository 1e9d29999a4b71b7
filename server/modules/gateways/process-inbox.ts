import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { type Asked, askOrders, noteTold, type Told } from './ask-orders.ts';
import { bookTransactions } from './book.ts';
import { type Gateway, type Json, type MoneyState, ranks } from './gateway.ts';
import { closeInbox, keepInbox, postponeInbox, takeWaiting, type Waiting } from './inbox-queries.ts';
import { type LogEntry, logMidtrans } from './log-queries.ts';
import { type OrderRow, ordersCalled } from './order-queries.ts';
import { confirmedRanks } from './transaction-queries.ts';

/** Those that are set up, by their names. */
export type Gateways = ReadonlyMap<string, Gateway>;

/** Worked on together: enough that a statement pays, few enough that nobody who is answered meanwhile waits for it. */
const batch = 400;

/**
 * Works on what arrived, until nothing waits. A notification only says which order to look at: the gateway is asked, and what it says now
 * counts, so that neither copies nor their order matter. Where it cannot be asked, a genuine notification whose amounts are right is
 * believed until it can: nobody who paid waits for a gateway's bad day.
 */
async function work(
  kit: Kit,
  gateways: Gateways,
  onChanged: OnSubscriptionsChanged,
  signal: AbortSignal,
): Promise<void> {
  // What a killed process had noted and not booked.
  let booking = heard(bookTransactions(kit, onChanged));
  for (;;) {
    let waiting: readonly Waiting[] = [];
    try {
      if (!signal.aborted) waiting = await takeWaiting(kit.db, instantText(kit.clock.now()), batch);
      // While the gateway is asked about these, those before them are booked.
      for (const [name, rows] of Map.groupBy(waiting, ({ gateway }) => gateway))
        await workOn(kit, gateways, name, rows);
    } finally {
      await booking;
    }
    if (waiting.length === 0) return;
    booking = heard(bookTransactions(kit, onChanged));
  }
}

/** Work that is waited for later, whatever happens meanwhile, and whose failure is told then. */
function heard(work: Promise<void>): Promise<void> {
  work.catch(() => {});
  return work;
}

/** As {@link work}, one at a time in this process: whoever asks meanwhile has it look once more. */
export function inboxWorker(kit: Kit, gateways: Gateways, onChanged: OnSubscriptionsChanged) {
  let again = false;
  let running: Promise<void> | undefined;
  return async (signal: AbortSignal): Promise<void> => {
    again = true;
    running ??= (async () => {
      try {
        while (again && !signal.aborted) {
          again = false;
          await work(kit, gateways, onChanged, signal);
        }
      } finally {
        running = undefined;
      }
    })();
    await running;
  };
}

/** Where one of many cannot be worked on, each is tried alone, so that only that one waits. */
async function workOn(kit: Kit, gateways: Gateways, name: string, rows: readonly Waiting[]): Promise<void> {
  try {
    await workOnTogether(kit, gateways, name, rows);
  } catch (error) {
    if (rows.length > 1) {
      for (const row of rows) await workOn(kit, gateways, name, [row]);
      return;
    }
    kit.log.error({ err: error, order: rows[0]?.order_id }, 'a notification could not be worked on');
    const at = instantText(kit.clock.now());
    const note = 'it cannot be worked on; the log says why';
    for (const { id, attempts } of rows)
      await (attempts < mostTries ? postponeInbox(kit.db, [id], at, note) : keepInbox(kit.db, [id], note));
  }
}

async function workOnTogether(
  kit: Kit,
  gateways: Gateways,
  name: string,
  rows: readonly Waiting[],
): Promise<void> {
  const gateway = gateways.get(name);
  const at = () => instantText(kit.clock.now());
  const idsOf = (some: readonly Waiting[]) => some.map(({ id }) => id);
  if (gateway === undefined) return postponeInbox(kit.db, idsOf(rows), at(), `${name} is not set up`);
  const orders = new Map(
    (
      await ordersCalled(
        kit.db,
        name,
        rows.map(({ order_id: id }) => id),
      )
    ).map((order) => [order.order_id, order]),
  );
  const known = rows.filter(({ order_id: id }) => orders.has(id));
  const { quiet, telling } = await sorted(kit, gateway, known, orders);
  const asked = await askOrders(
    kit,
    gateway,
    [...new Set(telling.map(({ order_id: id }) => id))].flatMap((id) => orders.get(id) ?? []),
  );
  const byOrder = Map.groupBy(telling, ({ order_id: id }) => id);
  const outcomes = asked.map((each) => outcomeOf(gateway, each, byOrder.get(each.order.order_id) ?? []));
  await inTransaction(kit.db, async (tx) => {
    const now = at();
    await noteTold(
      tx,
      [...quiet.flatMap(({ told }) => told ?? []), ...outcomes.flatMap(({ told }) => told)],
      now,
    );
    if (name === 'midtrans')
      await logMidtrans(
        tx,
        known.flatMap((row) => logOf(row, orders)),
        now,
      );
    await closeInbox(tx, idsOf([...quiet.map(({ row }) => row), ...outcomes.flatMap(({ done }) => done)]));
    for (const { kept, note } of outcomes) await keepInbox(tx, idsOf(kept), note);
    for (const [note, later] of Map.groupBy(
      outcomes.flatMap((each) => each.later.map((row) => ({ row, note: each.note }))),
      (each) => each.note,
    ))
      await postponeInbox(tx, idsOf(later.map(({ row }) => row)), now, note);
    const unknown = rows.filter(({ order_id: id }) => !orders.has(id));
    await keepInbox(tx, idsOf(unknown), 'no order of ours has this number');
  });
}

/**
 * Those that tell of money coming or going, for which the gateway is asked, and the quiet ones: what only says that money is awaited, and
 * payments that the gateway itself has confirmed before.
 */
async function sorted(
  kit: Kit,
  gateway: Gateway,
  rows: readonly Waiting[],
  orders: ReadonlyMap<string, OrderRow>,
) {
  const confirmed = await confirmedRanks(
    kit.db,
    [...orders.values()].map(({ id }) => id),
  );
  const quiet: { readonly row: Waiting; readonly told: Told | undefined }[] = [];
  const telling: Waiting[] = [];
  for (const row of rows) {
    const order = orders.get(row.order_id);
    const state = order === undefined ? undefined : gateway.stateIn(bodyOf(row), order);
    if (order === undefined || state === undefined) telling.push(row);
    else if (isPaid(state) && state.rank <= (confirmed.get(state.transactionId) ?? -1))
      quiet.push({ row, told: undefined });
    else if (state.rank < ranks.failed)
      quiet.push({ row, told: { order, state, confirmed: false, at: row.created_at } });
    else telling.push(row);
  }
  return { quiet, telling };
}

const isPaid = ({ rank }: MoneyState) => rank === ranks.captured || rank === ranks.settled;

interface Outcome {
  readonly told: readonly Told[];
  readonly done: readonly Waiting[];
  readonly later: readonly Waiting[];
  readonly kept: readonly Waiting[];
  readonly note: string;
}

const nothing: Outcome = { told: [], done: [], later: [], kept: [], note: '' };

/** Within some twenty hours. */
const mostTries = 24;
/** Within a week: a gateway that is down comes back, and the sweep asks on. */
const mostTriesDown = mostTries + 6 * 24;

function outcomeOf(gateway: Gateway, asked: Asked, rows: readonly Waiting[]): Outcome {
  const { order } = asked;
  if ('answered' in asked) {
    const { state } = asked.answered;
    if (state !== undefined)
      return { ...nothing, told: [{ order, state, confirmed: true, at: asked.askedAt }], done: rows };
    // It notifies of what it does not know itself: its left hand may be behind its right, but not for a day.
    const note = `${gateway.name} knows no payment of this order`;
    return {
      ...nothing,
      later: rows.filter(({ attempts }) => attempts < mostTries),
      kept: rows.filter(({ attempts }) => attempts >= mostTries),
      note,
    };
  }
  const told = rows.flatMap((row) => {
    const state = gateway.stateIn(bodyOf(row), order);
    return state?.isPlain ? [{ order, state, confirmed: false, at: row.created_at }] : [];
  });
  return {
    ...nothing,
    told,
    later: rows.filter(({ attempts }) => attempts < mostTriesDown),
    kept: rows.filter(({ attempts }) => attempts >= mostTriesDown),
    note: asked.error.message,
  };
}

function bodyOf({ body }: Waiting): Json {
  return JSON.parse(body.toString()); // It was JSON when it came.
}

function logOf(row: Waiting, orders: ReadonlyMap<string, OrderRow>): readonly LogEntry[] {
  // Once, however often it is tried.
  if (row.attempts > 1) return [];
  const body = bodyOf(row);
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return [
    {
      invoice_id: orders.get(row.order_id)?.invoice_id ?? null,
      order_id: row.order_id,
      transaction_id: text(body.transaction_id),
      event: 'notification',
      status: text(body.transaction_status),
      response: body,
    },
  ];
}
