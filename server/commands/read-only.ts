import { UserError } from '#kit/errors.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { type DataOption, type Process, withKit } from './context.ts';

/** Switches the installation's read-only mode, or tells it. */
export async function readOnlyCommand(
  process: Process,
  state: string,
  options: DataOption & { readonly reason?: string },
): Promise<void> {
  if (!['on', 'off', 'status'].includes(state)) throw new UserError('Say "on", "off" or "status".');
  await withKit(process, options, 'read-only', async (kit) => {
    const mode = createReadOnlyMode(kit.db, kit.clock, false);
    if (state !== 'status') await mode.set(kit.db, state === 'on', options.reason ?? null);
    const now = await mode.state();
    process.terminal.print(
      now.read_only ? `Writes are refused${now.reason ? `: ${now.reason}` : '.'}` : 'Writes are allowed.',
    );
  });
}
