import { id as idSchema, type licenseStatuses } from '#contract';
import { instantText, localDate } from '#kit/clock.ts';
import { UserError } from '#kit/errors.ts';
import { systemAuthor } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import {
  createLicense,
  drawKeyOf,
  findLicense,
  type LicenseRow,
  listLicenseRows,
  resumeLicense,
  revokeLicense,
  showLicense,
  suspendLicense,
} from '../modules/licensing/index.ts';
import { readOrganisation } from '../modules/organisation/index.ts';
import { type DataOption, type Process, withKit } from './context.ts';

interface Options extends DataOption {
  readonly json?: boolean;
}

const author = systemAuthor('license command');

/** Prints licenses, newest first; with `customer` or `status` those alone. */
export function listLicenses(
  process: Process,
  options: Options & { readonly status?: (typeof licenseStatuses)[number]; readonly customer?: string },
): Promise<void> {
  return withKit(process, options, 'license list', async (kit) => {
    const filter = {
      page: 1,
      per_page: 100,
      status: options.status,
      customer_id: idOf(options.customer, '--customer'),
    };
    const { rows, total } = await listLicenseRows(kit.db, filter, instantText(kit.clock.now()));
    if (options.json) {
      process.terminal.print(JSON.stringify(rows.map(({ key_hash: _, ...row }) => row)));
      return;
    }
    const { timezone } = await readOrganisation(kit.db);
    for (const row of rows) process.terminal.print(lineOf(row, timezone));
    if (total > rows.length)
      process.terminal.note(`… and ${total - rows.length} more; the API lists them all.`);
    if (total === 0) process.terminal.note('There are no such licenses.');
  });
}

/** Prints a license with its installations. */
export function showLicenseCommand(process: Process, named: string, options: Options): Promise<void> {
  return withKit(process, options, 'license show', async (kit) => {
    const { id } = await found(kit, named);
    const shown = await showLicense(kit, id);
    if (options.json) {
      process.terminal.print(JSON.stringify(shown));
      return;
    }
    const { terminal } = process;
    const { timezone } = await readOrganisation(kit.db);
    const features = Object.entries(shown.features).map(([name, on]) => `${name} ${on ? 'on' : 'off'}`);
    const limits = Object.entries(shown.limits).map(([name, limit]) => `${name} ${limit}`);
    terminal.print(`License        ${shown.id}`);
    terminal.print(`Customer       ${shown.customer.name}`);
    terminal.print(`Plan           ${shown.package.name}`);
    terminal.print(`Status         ${shown.status}${shown.status_reason ? ` (${shown.status_reason})` : ''}`);
    terminal.print(`Paid until     ${untilOf(shown.valid_until, timezone)}`);
    terminal.print(`Key            ${shown.key_hint === null ? 'none drawn yet' : `…-${shown.key_hint}`}`);
    terminal.print(`Features       ${features.join(', ') || 'none'}`);
    terminal.print(`Limits         ${limits.join(', ') || 'none'}`);
    terminal.print(`Moves left     ${shown.moves_left}`);
    terminal.print(`Installations  ${shown.nodes} of ${shown.max_nodes}`);
    for (const each of shown.installations)
      terminal.print(
        `  ${each.agent_code}  ${each.state}  ${each.hostname ?? '–'}  ${each.app_version ?? '–'}  last heartbeat ${each.last_heartbeat_at ?? 'never'}`,
      );
  });
}

/** Gives a customer a license and prints its key, this once. */
export function createLicenseCommand(
  process: Process,
  options: Options & { readonly customer: string; readonly package: string; readonly until?: string },
): Promise<void> {
  return withKit(process, options, 'license create', async (kit) => {
    if (options.until !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(options.until))
      throw new UserError(`--until ${options.until} is not a date. Write it as YYYY-MM-DD, like 2027-01-31.`);
    const id = await createLicense(kit, author, {
      customer_id: idOf(options.customer, '--customer') ?? '',
      package_id: idOf(options.package, '--package') ?? '',
      valid_until: options.until,
    });
    tellKey(process, options, { id, ...(await drawKeyOf(kit, author, id)) });
  });
}

/** Draws a new key and prints it, this once. */
export function drawLicenseKey(process: Process, named: string, options: Options): Promise<void> {
  return withKit(process, options, 'license key', async (kit) => {
    const { id } = await found(kit, named);
    tellKey(process, options, { id, ...(await drawKeyOf(kit, author, id)) });
  });
}

/** Suspends, resumes or revokes a license. */
export function decideLicense(
  process: Process,
  verb: 'suspend' | 'resume' | 'revoke',
  named: string,
  options: Options & { readonly reason?: string },
): Promise<void> {
  return withKit(process, options, `license ${verb}`, async (kit) => {
    const { id } = await found(kit, named);
    const reason = options.reason?.trim().slice(0, 500) ?? '';
    if (verb !== 'resume' && reason === '') throw new UserError('Say why with --reason; the owner is told.');
    if (verb === 'suspend') await suspendLicense(kit, author, id, reason);
    else if (verb === 'revoke') await revokeLicense(kit, author, id, reason);
    else await resumeLicense(kit, author, id);
    const row = await stands(kit, id);
    const { timezone } = await readOrganisation(kit.db);
    process.terminal.print(options.json ? JSON.stringify({ id, status: row.status }) : lineOf(row, timezone));
  });
}

function tellKey(
  process: Process,
  { json }: Options,
  drawn: { id: string; license_key: string; key_hint: string },
): void {
  if (json) {
    process.terminal.print(JSON.stringify(drawn));
    return;
  }
  process.terminal.note(`The key of license ${drawn.id}. It is kept nowhere and shown this once:`);
  process.terminal.print(drawn.license_key);
}

/** The first local day that is not paid. */
const untilOf = (instant: string | null, timezone: string): string =>
  instant === null ? 'for ever' : localDate(Temporal.Instant.from(instant), timezone).toString();

const lineOf = (row: LicenseRow, timezone: string): string =>
  `${row.id}  ${row.status.padEnd(9)}  ${untilOf(row.valid_until, timezone).padEnd(10)}  ${(row.key_hint ?? '–').padEnd(5)}  ${row.nodes}/${row.max_nodes}  ${row.package_name}  ${row.customer.name}`;

async function stands(kit: Kit, id: string): Promise<LicenseRow> {
  const row = await findLicense(kit.db, id, instantText(kit.clock.now()));
  if (row) return row;
  throw new UserError(`There is no license ${id}.`);
}

/** By its id, or by the last group of its key where that is one license's alone. */
async function found(kit: Kit, named: string): Promise<LicenseRow> {
  if (idSchema.safeParse(named).success) return stands(kit, named);
  const filter = { page: 1, per_page: 2, search: named.trim().toUpperCase() };
  const { rows } = await listLicenseRows(kit.db, filter, instantText(kit.clock.now()));
  const [row, another] = rows;
  if (row === undefined)
    throw new UserError(`No license has the id, agent code or last group of a key "${named}".`);
  if (another !== undefined)
    throw new UserError(`Several licenses fit "${named}". Use the id of one of them.`);
  return row;
}

function idOf(text: string | undefined, option: string): string | undefined {
  if (text === undefined || idSchema.safeParse(text).success) return text;
  throw new UserError(`${option} ${text} is not an id. "./nadi license list --json" and the API show ids.`);
}
