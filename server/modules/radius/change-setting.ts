import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { presentSetting } from './present.ts';
import {
  deleteSettingRow,
  insertSetting,
  lockSetting,
  type SettingRow,
  updateSettingRow,
} from './queries.ts';
import { sealedFor } from './sealed-for.ts';

interface SettingInput {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly secret?: string | undefined;
  readonly nas_identifier?: string | undefined;
  readonly enabled?: boolean | undefined;
}

/** @throws {AppError} validation_failed where the place is known already */
export function createSetting(
  kit: Kit,
  author: Author,
  input: SettingInput & { readonly host: string; readonly secret: string },
): Promise<SettingRow> {
  const id = newId(kit.clock);
  const at = instantText(kit.clock.now());
  return changing(kit, async (tx) => {
    const secret = kit.secrets.seal(input.secret, sealedFor.secret(id));
    const row = await insertSetting(tx, { ...input, secret, id, created_at: at, updated_at: at });
    await record(kit, tx, author, 'created', undefined, row);
    return row;
  });
}

/** @throws {AppError} not_found, validation_failed */
export function updateSetting(
  kit: Kit,
  author: Author,
  id: string,
  { secret, ...input }: SettingInput,
): Promise<SettingRow> {
  return changing(kit, async (tx) => {
    const before = await lockSetting(tx, id);
    if (!before) throw new AppError('not_found');
    const after = await updateSettingRow(tx, id, {
      ...input,
      ...(secret === undefined ? {} : { secret: kit.secrets.seal(secret, sealedFor.secret(id)) }),
      updated_at: instantText(kit.clock.now()),
    });
    await record(kit, tx, author, 'updated', before, after);
    return after;
  });
}

/** @throws {AppError} not_found */
export async function deleteSetting(kit: Kit, author: Author, id: string): Promise<void> {
  await changing(kit, async (tx) => {
    const before = await lockSetting(tx, id);
    if (!before) throw new AppError('not_found');
    await deleteSettingRow(tx, id);
    await record(kit, tx, author, 'deleted', before, undefined);
  });
}

async function changing<T>(kit: Kit, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(kit.db, work);
  } catch (error) {
    if (violatedConstraint(error) !== 'radius_settings_place_unique') throw error;
    throw fieldError('host', {
      en: 'There is a RADIUS server with this address and port already.',
      id: 'Sudah ada server RADIUS dengan alamat dan port ini.',
    });
  }
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  what: 'created' | 'updated' | 'deleted',
  before: SettingRow | undefined,
  after: SettingRow | undefined,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    {
      action: `radius_setting.${what}`,
      subjectType: 'radius_setting',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: presentSetting(before) } : {}),
      ...(after ? { after: presentSetting(after) } : {}),
    },
  ]);
}
