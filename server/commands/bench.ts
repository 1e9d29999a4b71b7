import { UserError } from '#kit/errors.ts';
import type { Process } from './context.ts';

type Bench = (rows: number, print: (line: string) => void) => Promise<boolean>;

const million = 1_000_000;

/** Each is loaded when it runs: what is measured must not carry the others' code. */
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  billing: async () => (await import('../../bench/billing.ts')).benchBilling,
  api: async () => (await import('../../bench/api.ts')).benchApi,
  reports: async () => (await import('../../bench/reports.ts')).benchReports,
  routers: async () => (await import('../../bench/routers.ts')).benchRouters,
  unsuspend: async () => (await import('../../bench/unsuspend.ts')).benchUnsuspend,
  webhooks: async () => (await import('../../bench/webhooks.ts')).benchWebhooks,
  radius: async () => (await import('../../bench/radius.ts')).benchRadius,
  notifications: async () => (await import('../../bench/notifications.ts')).benchNotifications,
  checkins: async () => (await import('../../bench/checkins.ts')).benchCheckins,
  rollout: async () => (await import('../../bench/rollout.ts')).benchRollout,
  update: async () => (await import('../../bench/update.ts')).benchUpdate,
  patches: async () => {
    const { benchPatches } = await import('../../bench/patches.ts');
    return (_rows, print) => benchPatches(print);
  },
  backup: async () => (await import('../../bench/backup.ts')).benchBackup,
  start: async () => {
    const { benchStart } = await import('../../bench/start.ts');
    return (_rows, print) => benchStart(print);
  },
};

/** Runs the benchmark `name`, or all. Returns the exit code: 1 when a limit was missed. */
export async function benchCommand(
  process: Process,
  name: string | undefined,
  options: { readonly rows?: string },
): Promise<number> {
  const names = Object.keys(benches);
  if (name !== undefined && !names.includes(name)) {
    throw new UserError(
      `There is no benchmark "${name}". Choose ${names.join(', ')}, or leave the name out to run all.`,
    );
  }
  const rows = rowsOf(options.rows);
  let kept = true;
  for (const chosen of name === undefined ? names : [name]) {
    process.terminal.print(`== ${chosen}`);
    const bench = await benches[chosen]?.();
    kept = ((await bench?.(rows, process.terminal.print)) ?? false) && kept;
  }
  return kept ? 0 : 1;
}

function rowsOf(text: string | undefined): number {
  if (text === undefined) return million;
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 1 || rows > 10 * million) {
    throw new UserError(`--rows ${text} is not a whole number from 1 to ${10 * million}.`);
  }
  return rows;
}
