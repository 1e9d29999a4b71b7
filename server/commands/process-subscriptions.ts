import { date } from '#contract';
import { UserError } from '#kit/errors.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { providerEdition } from '../editions/provider.ts';
import { type DataOption, type Process, withKit } from './context.ts';

const words: Readonly<Record<string, string>> = {
  overdue: 'invoices marked overdue',
  suspended: 'subscriptions suspended',
  renewed: 'renewal invoices made',
  expired: 'subscriptions expired',
};

/** Spec 3 §9's command: the billing run, now, by hand. */
export async function processSubscriptions(
  process: Process,
  options: DataOption & { readonly date?: string; readonly dryRun?: boolean },
): Promise<void> {
  const { terminal } = process;
  if (options.date !== undefined && !date.safeParse(options.date).success) {
    throw new UserError(`--date ${options.date} is not a date. Write it as YYYY-MM-DD, like 2026-01-31.`);
  }
  await withKit(process, options, 'subscriptions:process', async (kit) => {
    if (!options.dryRun) await createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly).refuseIfOn();
    const result = await providerEdition(kit).runBilling({
      ...(options.date === undefined ? {} : { date: options.date }),
      dryRun: options.dryRun ?? false,
      onStep: (step, count) => terminal.note(`${words[step]}: ${count}`),
    });
    terminal.print(`${result.dry_run ? 'Would bill' : 'Billed'} to ${result.date}`);
    for (const [step, text] of Object.entries(words)) {
      terminal.print(`  ${String(result[step as keyof typeof result]).padStart(8)}  ${text}`);
    }
    if (result.dry_run) terminal.print('Nothing was changed (--dry-run).');
  });
}
