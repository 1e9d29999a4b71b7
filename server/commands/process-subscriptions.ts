import { date, id, type RunCountName, runCountNames } from '#contract';
import { UserError } from '#kit/errors.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { wholeEdition } from '../editions/whole.ts';
import { type DataOption, type Process, withKit } from './context.ts';

const words: Readonly<Record<RunCountName, string>> = {
  from_balance: 'payments made from balances',
  overdue: 'invoices marked overdue',
  late_fees: 'invoices charged a late fee',
  resumed: 'pauses ended',
  suspended: 'subscriptions suspended',
  package_changed: 'packages changed with the new period',
  renewed: 'renewal invoices made',
  cancelled: 'subscriptions cancelled',
  expired: 'subscriptions expired',
};

/** How many items a rehearsal prints; the API gives 500. */
const printed = 20;

interface Options extends DataOption {
  readonly date?: string;
  readonly dryRun?: boolean;
  readonly subscription?: string;
}

/** Spec 3 §9's command: the billing run, now, by hand. */
export async function processSubscriptions(process: Process, options: Options): Promise<void> {
  const { terminal } = process;
  const { date: day, subscription } = options;
  if (day !== undefined && !date.safeParse(day).success) {
    throw new UserError(`--date ${day} is not a date. Write it as YYYY-MM-DD, like 2026-01-31.`);
  }
  if (subscription !== undefined && !id.safeParse(subscription).success) {
    throw new UserError(`--subscription ${subscription} is not the id of a subscription.`);
  }
  await withKit(process, options, 'subscriptions:process', async (kit) => {
    const edition = wholeEdition(kit);
    const asked = { date: day, subscriptionId: subscription };
    const tell = (verb: string, to: string, counts: Readonly<Record<RunCountName, number>>) => {
      terminal.print(`${verb} to ${to}`);
      for (const step of runCountNames)
        terminal.print(`  ${String(counts[step]).padStart(8)}  ${words[step]}`);
    };
    if (options.dryRun) {
      const { date: to, counts, items, total } = await edition.previewBilling(asked);
      tell('Would bill', to, counts);
      for (const { customer_name: name, message } of items.slice(0, printed))
        terminal.print(`  ${name ?? '–'}: ${message}`);
      if (total > printed) terminal.print(`  … and ${total - printed} more`);
      terminal.print('Nothing was changed (--dry-run).');
      return;
    }
    await createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly).refuseIfOn();
    const result = await edition.runBilling({
      ...asked,
      onStep: (step, count) => terminal.note(`${words[step]}: ${count}`),
    });
    tell('Billed', result.date, result);
    if (result.state === 'failed')
      throw new UserError(`The step "${result.failed_step}" failed: ${result.error}`);
  });
}
