import type { SettingChannel } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { presentSetting } from './present.ts';
import { sealedFor } from './sealed-for.ts';
import {
  deleteSettingRow,
  insertSetting,
  lockSetting,
  type SettingRow,
  updateSettingRow,
} from './setting-queries.ts';
import { type ConfigInput, splitConfig } from './settings.ts';

interface SettingInput {
  readonly config?: ConfigInput | undefined;
  readonly events?: readonly string[] | undefined;
  readonly is_active?: boolean | undefined;
  readonly language?: string | null | undefined;
  readonly digest_seconds?: number | undefined;
  readonly max_per_hour?: number | undefined;
  readonly quiet_from?: string | null | undefined;
  readonly quiet_to?: string | null | undefined;
}

/** @throws {AppError} validation_failed */
export function createSetting(
  kit: Kit,
  author: Author,
  {
    channel,
    config,
    events,
    ...input
  }: SettingInput & {
    readonly channel: SettingChannel;
    readonly config: ConfigInput;
    readonly events: readonly string[];
  },
): Promise<SettingRow> {
  const id = newId(kit.clock);
  const at = instantText(kit.clock.now());
  checkQuiet(input.quiet_from ?? null, input.quiet_to ?? null);
  const stored = storedConfig(kit, id, channel, config);
  return inTransaction(kit.db, async (tx) => {
    const row = await insertSetting(tx, {
      ...input,
      ...stored,
      id,
      channel,
      events: [...events],
      created_at: at,
      updated_at: at,
    });
    await record(kit, tx, author, 'created', undefined, row);
    return row;
  });
}

/** @throws {AppError} not_found, validation_failed */
export function updateSetting(
  kit: Kit,
  author: Author,
  id: string,
  { config, events, ...input }: SettingInput,
): Promise<SettingRow> {
  return inTransaction(kit.db, async (tx) => {
    const before = await lockSetting(tx, id);
    if (!before) throw new AppError('not_found');
    const { quiet_from: from = before.quiet_from, quiet_to: to = before.quiet_to } = input;
    checkQuiet(from, to);
    const after = await updateSettingRow(tx, id, {
      ...input,
      // The column's check allows just these.
      ...(config === undefined ? {} : storedConfig(kit, id, before.channel as SettingChannel, config)),
      ...(events === undefined ? {} : { events: [...events] }),
      updated_at: instantText(kit.clock.now()),
    });
    await record(kit, tx, author, 'updated', before, after);
    return after;
  });
}

/** @throws {AppError} not_found */
export async function deleteSetting(kit: Kit, author: Author, id: string): Promise<void> {
  await inTransaction(kit.db, async (tx) => {
    const before = await lockSetting(tx, id);
    if (!before) throw new AppError('not_found');
    await deleteSettingRow(tx, id);
    await record(kit, tx, author, 'deleted', before, undefined);
  });
}

function storedConfig(kit: Kit, id: string, channel: SettingChannel, config: ConfigInput) {
  const { open, sealed } = splitConfig(channel, config);
  const isSealed = Object.keys(sealed).length > 0;
  return {
    config: JSON.stringify(open),
    secret: isSealed ? kit.secrets.seal(JSON.stringify(sealed), sealedFor.setting(id)) : null,
  };
}

/** @throws {AppError} validation_failed where only one end of quiet hours is known */
export function checkQuiet(from: string | null, to: string | null): void {
  if ((from === null) === (to === null)) return;
  throw fieldError(from === null ? 'quiet_from' : 'quiet_to', {
    en: 'Give both ends of the quiet hours, or neither.',
    id: 'Isi awal dan akhir jam tenang, atau kosongkan keduanya.',
  });
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  what: 'created' | 'updated' | 'deleted',
  before: SettingRow | undefined,
  after: SettingRow | undefined,
): Promise<void> {
  // That a secret was changed is told, and nothing of it.
  const shown = (row: SettingRow) => ({
    ...presentSetting(row),
    credentials_changed: what === 'updated' && row === after && before?.secret !== after?.secret,
  });
  return recordChanges(tx, kit.clock, author, [
    {
      action: `notification_setting.${what}`,
      subjectType: 'notification_setting',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: shown(before) } : {}),
      ...(after ? { after: shown(after) } : {}),
    },
  ]);
}
