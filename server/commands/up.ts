import { UserError } from '#kit/errors.ts';
import { openKit } from '#kit/open-kit.ts';
import { configOf, type DataOption, type Process } from './context.ts';
import { serve } from './serve.ts';

export interface UpOptions extends DataOption {
  readonly edition: 'provider' | 'vendor';
  readonly role: string;
  readonly port?: string;
}

const roleNames = ['api', 'worker', 'poller'] as const;
type RoleName = (typeof roleNames)[number];

/** Runs the server until the process is told to stop. Returns 0 after a stop, 1 when the database was lost. */
export async function up(process: Process, options: UpOptions): Promise<number> {
  const roles = rolesOf(options.role);
  const config = configOf(process, options);
  await using open = await openKit(config, {
    onBusy: config.databaseUrl ? 'connect' : 'refuse',
    command: 'nadi up',
  });
  return await serve(process, open, { edition: options.edition, roles });
}

function rolesOf(text: string): ReadonlySet<RoleName> {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => !roleNames.some((known) => known === name));
  if (wrong.length > 0) {
    throw new UserError(
      `--role does not know "${wrong.join('", "')}". Use ${roleNames.join(', ')}, separated by commas.`,
    );
  }
  return new Set(roleNames.filter((name) => names.includes(name)));
}
