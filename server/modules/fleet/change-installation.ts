import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import type { FleetHooks } from './hooks.ts';
import {
  copyToMoved,
  type DirectivesRow,
  type InstallationChange,
  type InstallationRow,
  lockInstallation,
  saveDirectives,
  updateInstallation,
} from './installation-queries.ts';

/** Changes how releases reach an installation. @throws {AppError} not_found, validation_failed */
export async function changeInstallation(
  kit: Kit,
  author: Author,
  id: string,
  change: Pick<InstallationChange, 'channel' | 'cohorts' | 'window_from' | 'window_until'>,
): Promise<void> {
  await changing(kit, id, async (tx, before, at) => {
    const from = change.window_from === undefined ? before.window_from : change.window_from;
    const until = change.window_until === undefined ? before.window_until : change.window_until;
    if ((from === null) !== (until === null)) {
      throw fieldError(from === null ? 'window_from' : 'window_until', {
        en: 'Give both hours, or neither.',
        id: 'Isi kedua jam, atau kosongkan keduanya.',
      });
    }
    const cohorts = change.cohorts === undefined ? undefined : [...new Set(change.cohorts)].sort();
    await updateInstallation(tx, id, { ...change, ...(cohorts === undefined ? {} : { cohorts }) }, at);
    const pick = ({ channel, cohorts: names, window_from: start, window_until: end }: InstallationRow) => ({
      channel,
      cohorts: names,
      window_from: start,
      window_until: end,
    });
    const after = await lockInstallation(tx, id);
    await record(kit, tx, author, 'fleet_installation.updated', id, pick(before), pick(after ?? before));
  });
}

/** Forgets what failed. @throws {AppError} not_found */
export async function endRest(kit: Kit, author: Author, id: string): Promise<void> {
  await changing(kit, id, async (tx, { failures, failed_versions: failed }, at) => {
    await updateInstallation(tx, id, { failures: 0, failed_versions: [], rests_until: null }, at);
    const before = { failures, failed_versions: failed };
    await record(kit, tx, author, 'fleet_installation.retried', id, before, {
      failures: 0,
      failed_versions: [],
    });
  });
}

export interface DirectivesInput {
  readonly disabled?: boolean | undefined;
  readonly suspended?: boolean | undefined;
  readonly force_version?: string | null | undefined;
  readonly server_message?: string | null | undefined;
  /** Without one, that of before stays. */
  readonly reason?: string | undefined;
}

/**
 * Tells an installation something. Clients of spec 1 obey at once; Nadi's own agents obey what switches them off, holds them or forces
 * code on them once the director signed it, so that a stolen database can do none of it. A message is signed at once.
 * @throws {AppError} not_found
 */
export async function directInstallation(
  kit: Kit,
  hooks: Pick<FleetHooks, 'askDirector' | 'signOnline'>,
  author: Author,
  id: string,
  input: DirectivesInput,
): Promise<void> {
  await changing(kit, id, async (tx, { directives }, at) => {
    const before = directives ?? nothingSaid;
    const after: Directives = {
      disabled: input.disabled ?? before.disabled,
      suspended: input.suspended ?? before.suspended,
      force_version: input.force_version === undefined ? before.force_version : input.force_version,
      server_message: input.server_message === undefined ? before.server_message : input.server_message,
      reason: input.reason ?? before.reason,
    };
    await saveDirectives(tx, id, after, at);
    await sign(hooks, tx, id, before, after);
    await record(kit, tx, author, 'fleet_installation.directed', id, { ...before }, after);
  });
}

/**
 * What people set for an installation and said to it goes on to the machine that its license is moved to: nobody who was switched off
 * comes back by moving.
 */
export async function followMove(
  kit: Kit,
  hooks: Pick<FleetHooks, 'askDirector' | 'signOnline'>,
  tx: Tx,
  from: string,
  to: string,
): Promise<void> {
  const said = await copyToMoved(tx, from, to, instantText(kit.clock.now()));
  if (said !== undefined) await sign(hooks, tx, to, nothingSaid, said);
}

type Directives = Omit<DirectivesRow, 'updated_at'>;

const nothingSaid: Directives = {
  disabled: false,
  suspended: false,
  force_version: null,
  server_message: null,
  reason: null,
};

async function sign(
  hooks: Pick<FleetHooks, 'askDirector' | 'signOnline'>,
  tx: Tx,
  id: string,
  before: Directives,
  { disabled, suspended, force_version: force, server_message: message, reason }: Directives,
): Promise<void> {
  if (disabled !== before.disabled || suspended !== before.suspended || force !== before.force_version)
    await hooks.askDirector(tx, 'directives', id, {
      disabled,
      suspended,
      force_update_version: force,
      reason,
    });
  if (message !== before.server_message)
    await hooks.signOnline(tx, 'messages', id, { server_message: message });
}

function changing(
  kit: Kit,
  id: string,
  work: (tx: Tx, before: InstallationRow, at: string) => Promise<void>,
): Promise<void> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockInstallation(tx, id);
    if (!before) throw new AppError('not_found');
    await work(tx, before, instantText(kit.clock.now()));
  });
}

function record(kit: Kit, tx: Tx, author: Author, action: string, id: string, before: object, after: object) {
  const change = { action, subjectType: 'fleet_installation', subjectId: id, before, after };
  return recordChanges(tx, kit.clock, author, [change]);
}
