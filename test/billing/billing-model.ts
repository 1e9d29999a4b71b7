/**
 * The rules of billing once more, for one subscriber after another and in memory, written from decisions.md and the
 * docstrings: what the set-based statements are compared with. It shares no code with them.
 */

export interface ModelPackage {
  days: number;
  months: number | null;
  bill: boolean;
  readonly price: string;
  /** The price in whole rupiah. */
  readonly amount: number;
}

export interface ModelInvoice {
  period: readonly [string, string] | null;
  /** In hundredths of a rupiah, as all amounts here. */
  amount: number;
  paid: number;
  due: string;
  status: 'unpaid' | 'overdue' | 'paid' | 'cancelled';
}

export interface ModelSubscription {
  readonly start: string;
  end: string;
  billed: string;
  anchor: number;
  status: 'active' | 'suspended' | 'expired' | 'cancelled';
  renews: boolean;
  pack: ModelPackage;
  since: string | null;
  reason: 'overdue' | 'manual' | null;
  spare: string | null;
  /** In hundredths; each subscriber is a customer of their own. */
  balance: number;
  readonly invoices: ModelInvoice[];
  /** How often billing's log tells of each act. */
  readonly log: Record<string, number>;
}

export interface ModelWorld {
  today: string;
  lead: number;
  grace: number;
}

const plus = (date: string, days: number) => Temporal.PlainDate.from(date).add({ days }).toString();
const dayOf = (date: string) => Temporal.PlainDate.from(date).day;
const later = (one: string, other: string) => (one > other ? one : other);

function daysBetween(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(to, { largestUnit: 'day' }).days;
}

const lengthOf = (invoice: ModelInvoice) => (invoice.period ? daysBetween(...invoice.period) : 0);
const isOpen = (invoice: ModelInvoice) => invoice.status === 'unpaid' || invoice.status === 'overdue';
const isOwed = (invoice: ModelInvoice) => isOpen(invoice) && invoice.amount - invoice.paid >= 100;

function tell(subscription: ModelSubscription, action: string): void {
  subscription.log[action] = (subscription.log[action] ?? 0) + 1;
}

export function newSubscription(
  start: string,
  end: string,
  pack: ModelPackage,
  renews: boolean,
): ModelSubscription {
  const first = Temporal.PlainDate.from(start);
  const last = Temporal.PlainDate.from(end);
  const anchor = last.day === Math.min(first.day, last.daysInMonth) ? first.day : last.day;
  const empty = { since: null, reason: null, spare: null, balance: 0, invoices: [], log: { created: 1 } };
  return { start, end, billed: end, anchor, status: 'active', renews, pack, ...empty };
}

/** Everything paid and invoiced moves on by days without service. */
function shift(subscription: ModelSubscription, days: number): void {
  if (days <= 0) return;
  subscription.end = plus(subscription.end, days);
  subscription.billed = plus(subscription.billed, days);
  subscription.anchor = dayOf(subscription.billed);
}

function resume(subscription: ModelSubscription, today: string): void {
  const from = later(subscription.since ?? today, subscription.start);
  if (!subscription.pack.bill) shift(subscription, daysBetween(from, today));
  Object.assign(subscription, { status: 'active', since: null, reason: null });
  tell(subscription, 'activated');
}

function resumeIfSettled(subscription: ModelSubscription, today: string): void {
  if (subscription.reason !== 'overdue') return;
  if (!subscription.invoices.some((invoice) => isOwed(invoice) && invoice.due < today))
    resume(subscription, today);
}

/** Invoices the next period; due on its first day, on the day it is made if later, or as said. */
export function invoiceNext(subscription: ModelSubscription, today: string, due?: string): void {
  const { pack, billed } = subscription;
  const from = Temporal.PlainDate.from(billed);
  const fits = from.day === Math.min(subscription.anchor, from.daysInMonth);
  const anchor = fits ? subscription.anchor : from.day;
  const to =
    pack.months === null
      ? plus(billed, pack.days)
      : from.with({ day: 1 }).add({ months: pack.months }).with({ day: anchor }).toString();
  subscription.anchor = pack.months === null ? dayOf(to) : anchor;
  subscription.billed = to;
  const free = pack.amount === 0;
  if (free) subscription.end = plus(subscription.end, daysBetween(billed, to));
  subscription.invoices.push({
    period: [billed, to],
    amount: pack.amount * 100,
    paid: 0,
    due: due ?? later(billed, today),
    status: free ? 'paid' : 'unpaid',
  });
  tell(subscription, 'renewed');
}

export function invoiceOther(subscription: ModelSubscription, amount: number, due: string): void {
  subscription.invoices.push({ period: null, amount, paid: 0, due, status: 'unpaid' });
  tell(subscription, 'created');
}

/** The run, to the world's date. */
export function run(subscriptions: readonly ModelSubscription[], { today, lead, grace }: ModelWorld): void {
  const horizon = plus(today, lead);
  const patience = plus(today, -grace);
  for (const it of subscriptions) {
    useBalance(it, today);
    for (const invoice of it.invoices) {
      if (invoice.status === 'unpaid' && invoice.due < today) invoice.status = 'overdue';
    }
    const late = it.invoices.filter((invoice) => isOwed(invoice) && invoice.due < patience);
    const unpaidTime = it.end < patience || late.some((invoice) => invoice.period === null);
    if (it.status === 'active' && (it.spare ?? '') <= today && late.length > 0 && unpaidTime) {
      Object.assign(it, { status: 'suspended', since: today, reason: 'overdue', spare: null });
      tell(it, 'suspended');
    }
    while (it.status === 'active' && it.renews && it.end <= horizon && it.billed <= horizon)
      invoiceNext(it, today);
    useBalance(it, today);
    if (it.status === 'active' && !it.renews && it.end <= today) {
      it.status = 'expired';
      tell(it, 'expired');
    }
  }
}

/** Takes hundredths of a rupiah, or what is left. Answers the code of the refusal. */
export function pay(
  subscription: ModelSubscription,
  invoice: ModelInvoice,
  given: number | null,
  today: string,
) {
  if (invoice.status === 'paid') return 'invoice_paid';
  if (invoice.status === 'cancelled') return 'invoice_cancelled';
  const left = invoice.amount - invoice.paid;
  const surplus = Math.max(0, (given ?? left) - left);
  subscription.balance += surplus;
  apply(subscription, invoice, (given ?? left) - surplus, today);
  resumeIfSettled(subscription, today);
  return 'done';
}

function apply(subscription: ModelSubscription, invoice: ModelInvoice, amount: number, today: string): void {
  invoice.paid += amount;
  if (invoice.paid === invoice.amount) {
    invoice.status = 'paid';
    tell(subscription, 'paid');
    if (invoice.period) extend(subscription, lengthOf(invoice), today);
  } else tell(subscription, 'part_paid');
}

/** Pays what is open from the balance, oldest due date first. */
function useBalance(it: ModelSubscription, today: string): void {
  const open = it.invoices.filter((invoice) => isOpen(invoice) && invoice.paid < invoice.amount);
  if (it.balance === 0 || open.length === 0) return;
  for (const invoice of open.toSorted((one, other) =>
    one.due < other.due ? -1 : Number(one.due > other.due),
  )) {
    const amount = Math.min(it.balance, invoice.amount - invoice.paid);
    if (amount === 0) continue;
    it.balance -= amount;
    apply(it, invoice, amount, today);
  }
  resumeIfSettled(it, today);
}

function extend(subscription: ModelSubscription, days: number, today: string): void {
  const expired = subscription.status === 'expired';
  if (expired && !subscription.pack.bill) shift(subscription, daysBetween(subscription.end, today));
  subscription.end = plus(subscription.end, days);
  if (!expired || subscription.end <= today) return;
  subscription.status = 'active';
  tell(subscription, 'activated');
}

export function reverse(
  subscription: ModelSubscription,
  invoice: ModelInvoice,
  payment: { readonly amount: number; readonly surplus: number; readonly method: string },
  today: string,
) {
  if (payment.surplus > subscription.balance) return 'balance_used';
  const amount = payment.amount - payment.surplus;
  subscription.balance += payment.method === 'balance' ? amount : -payment.surplus;
  if (invoice.status === 'paid') subscription.end = plus(subscription.end, -lengthOf(invoice));
  invoice.paid -= amount;
  invoice.status = invoice.due < today ? 'overdue' : 'unpaid';
  tell(subscription, 'payment_reversed');
  return 'done';
}

export function voidInvoice(subscription: ModelSubscription, invoice: ModelInvoice, today: string) {
  if (invoice.status === 'cancelled') return 'invoice_cancelled';
  if (invoice.status === 'paid' || invoice.paid > 0) return 'invoice_has_payments';
  invoice.status = 'cancelled';
  tell(subscription, 'cancelled');
  const { period } = invoice;
  if (period) {
    const isLast = !subscription.invoices.some(
      (other) => other.status !== 'cancelled' && (other.period?.[0] ?? '') > period[0],
    );
    if (isLast) {
      const moved = period[1] !== subscription.billed;
      subscription.billed = plus(subscription.billed, -lengthOf(invoice));
      if (moved) subscription.anchor = dayOf(subscription.billed);
    } else subscription.end = plus(subscription.end, lengthOf(invoice));
  }
  resumeIfSettled(subscription, today);
  return 'done';
}

export function suspend(subscription: ModelSubscription, today: string) {
  if (subscription.status === 'cancelled' || subscription.status === 'expired') return 'subscription_state';
  if (subscription.reason === 'manual') return 'unchanged';
  Object.assign(subscription, { status: 'suspended', reason: 'manual', since: subscription.since ?? today });
  tell(subscription, 'suspended');
  return 'done';
}

export function activate(
  subscription: ModelSubscription,
  { today, grace }: ModelWorld,
  until: string | undefined,
) {
  const { status, spare } = subscription;
  if (status === 'cancelled') return 'subscription_state';
  if (status === 'active' && until === undefined) return 'unchanged';
  subscription.spare = until ?? plus(today, grace + 1);
  if (status === 'suspended') resume(subscription, today);
  else tell(subscription, 'activated');
  if (status === 'expired') {
    shift(subscription, daysBetween(subscription.end, today));
    Object.assign(subscription, { status: 'active', renews: true });
  }
  return status === 'active' && spare === subscription.spare ? 'unchanged' : 'done';
}

export function cancel(subscription: ModelSubscription) {
  if (subscription.status === 'cancelled') return 'unchanged';
  Object.assign(subscription, { status: 'cancelled', since: null, reason: null });
  tell(subscription, 'cancelled');
  return 'done';
}
