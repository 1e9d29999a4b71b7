import { billing, customers, payments, subscriptions } from '#contract';
import { localDate } from '#kit/clock.ts';
import { drainJobs } from '#kit/jobs.ts';
import type { Person } from './people.ts';
import { type PlannedPayment, planPayments } from './plan-payments.ts';
import { siteOf } from './sites.ts';
import { dateOf, moveTo, type Story, timeZone } from './story.ts';

const morning = 8 * 60 + 30;
const acts = 10 * 60 + 5;
const closing = 21 * 60;
/** Payments taken at the same moment: a year of them one by one would take twice as long. */
const cashiers = 4;

/** One local date at the provider: the nightly run, sign-ups, changes, leavers and payments, each at its time. */
export async function liveDay(story: Story, date: string): Promise<void> {
  const day = Temporal.PlainDate.from(story.plot.start).until(date).days;
  if (!moveTo(story, date, 5)) return;
  await story.edition.runBilling();
  await planNewInvoices(story);
  await signUps(story, date, day);
  await changes(story, date, day);
  await takePayments(story, date);
}

async function signUps(story: Story, date: string, day: number): Promise<void> {
  const joining = story.people.filter(
    ({ joins, username }) => joins === day && !story.subscriptionIds.has(username),
  );
  for (const [index, person] of joining.entries()) {
    if (!moveTo(story, date, morning + index * 7)) return;
    await signUp(story, person);
  }
  if (joining.length === 0) return;
  // What a running worker would do at once: the first invoice.
  await drainJobs(story.kit, story.edition.jobs);
  await planNewInvoices(story);
}

async function signUp(
  { operator, subscriptionIds, packageIds, routerIds }: Story,
  person: Person,
): Promise<void> {
  const { name, phone, email, address, username } = person;
  const site = siteOf(address);
  const customer = await operator.call(customers.createCustomer, {
    body: { name, phone, email, address, router_id: site === 'Pusat' ? null : routerIds.get(site) },
  });
  const subscription = await operator.call(subscriptions.createSubscription, {
    body: {
      customer_id: customer?.id,
      package_id: packageIds.get(person.package),
      mikrotik_username: username,
    },
    unless: ['validation_failed'],
  });
  if (subscription) subscriptionIds.set(username, subscription.id);
}

/** Faster packages, and those who leave: some at once, some at the end of what they paid. */
async function changes(story: Story, date: string, day: number): Promise<void> {
  const { operator, subscriptionIds, packageIds, people } = story;
  if (!moveTo(story, date, acts)) return;
  const unless = ['not_found', 'subscription_state', 'validation_failed'];
  for (const person of people) {
    const id = subscriptionIds.get(person.username);
    if (id === undefined) continue;
    if (person.upgrades === day) {
      await operator.call(subscriptions.updateSubscription, {
        params: { id },
        body: { package_id: packageIds.get('50 Mbps') },
        unless,
      });
    }
    if (person.habit !== 'leaves' || person.quits !== day) continue;
    if (person.email === null) {
      await operator.call(subscriptions.deleteSubscription, { params: { id }, unless });
      await voidUnpaid(story, id);
    } else
      await operator.call(subscriptions.updateSubscription, {
        params: { id },
        body: { auto_renew: false },
        unless,
      });
  }
}

/** Nobody pays for the time after they left. */
async function voidUnpaid({ operator }: Story, subscriptionId: string): Promise<void> {
  const open = await operator.call(billing.listInvoices, {
    query: { subscription_id: subscriptionId, status: 'unpaid' },
  });
  for (const { id } of open?.data ?? []) {
    await operator.call(billing.deleteInvoice, {
      params: { id },
      unless: ['invoice_has_payments', 'invoice_cancelled'],
    });
  }
}

/** Plans when the invoices made since the last look are paid: the newest come first in the list. */
export async function planNewInvoices(story: Story, status: 'unpaid' | 'overdue' = 'unpaid'): Promise<void> {
  let cursor: string | undefined;
  do {
    const query = { status, per_page: '100', ...(cursor === undefined ? {} : { cursor }) };
    const page = await story.operator.call(billing.listInvoices, { query });
    for (const invoice of page?.data ?? []) {
      if (story.planned.has(invoice.id)) return;
      story.planned.add(invoice.id);
      const person = story.byPhone.get(invoice.customer?.phone ?? '');
      if (person === undefined) continue;
      const made = localDate(Temporal.Instant.from(invoice.created_at), timeZone).toString();
      const quits = person.quits === undefined ? undefined : dateOf(story.plot, person.quits);
      for (const payment of planPayments(person, { ...invoice, made }, quits)) plan(story, payment, made);
    }
    cursor = page?.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

function plan({ payments: planned, clock }: Story, payment: PlannedPayment, made: string): void {
  const today = localDate(clock.now(), timeZone).toString();
  const on = [payment.on, made, today].toSorted().at(-1) ?? today;
  const list = planned.get(on) ?? [];
  list.push(payment);
  planned.set(on, list);
}

async function takePayments(story: Story, date: string): Promise<void> {
  const due = (story.payments.get(date) ?? []).toSorted((a, b) => a.minute - b.minute);
  for (let at = 0; at < due.length; at += cashiers) {
    const together = due.slice(at, at + cashiers);
    if (!moveTo(story, date, together[0]?.minute ?? closing)) return;
    await Promise.all(together.map((payment) => pay(story, payment)));
  }
  story.payments.delete(date);
}

async function pay({ operator }: Story, { invoiceId, part, amount, details }: PlannedPayment): Promise<void> {
  const unless = ['invoice_paid', 'invoice_cancelled'];
  if (part === 'rest') {
    await operator.call(billing.markInvoicePaid, { params: { id: invoiceId }, body: details, unless });
    return;
  }
  // Whole rupiah: BigInt leaves out the half that an odd amount would have.
  const half = () => String(BigInt(amount.split('.')[0] ?? '0') / 2n);
  const body = { invoice_id: invoiceId, amount: part === 'all' ? amount : half(), ...details };
  await operator.call(payments.createPayment, { body, unless });
}
