import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { requestCheck } from './check-members.ts';
import { bumpVersion, lockQuotas } from './check-queries.ts';
import {
  type ConfigRow,
  deleteConfigRow,
  insertConfig,
  lockConfig,
  updateConfigRow,
} from './config-queries.ts';
import { presentConfig } from './present.ts';

export interface ConfigInput {
  readonly membership_type?: string | undefined;
  readonly max_quota?: number | undefined;
  readonly is_active?: boolean | undefined;
  readonly period?: string | undefined;
  readonly notify_at?: readonly number[] | undefined;
  readonly action?: string | undefined;
  readonly throttle_rate?: string | null | undefined;
  /** Decimal text. */
  readonly price_per_gb?: string | null | undefined;
  readonly rollover_percent?: number | undefined;
}

/** Adds a quota for a membership type. @throws {AppError} validation_failed, quota_config_exists */
export function createConfig(
  kit: Kit,
  author: Author,
  input: ConfigInput & { readonly membership_type: string; readonly max_quota: number },
): Promise<ConfigRow> {
  requireRules(input);
  return changing(kit, async (tx, at) => {
    const row = await insertConfig(tx, {
      ...input,
      ...columns(input),
      max_quota: String(input.max_quota),
      id: newId(kit.clock),
      created_at: at,
      updated_at: at,
    });
    await record(kit, tx, author, 'quota_config.created', undefined, row);
    return row;
  });
}

/** Fields left out stay as they are. @throws {AppError} not_found, validation_failed, quota_config_exists */
export function updateConfig(kit: Kit, author: Author, id: string, input: ConfigInput): Promise<ConfigRow> {
  return changing(kit, async (tx, at) => {
    const before = await lockConfig(tx, id);
    if (!before) throw new AppError('not_found');
    requireRules({
      action: input.action ?? before.action,
      throttle_rate: input.throttle_rate === undefined ? before.throttle_rate : input.throttle_rate,
      price_per_gb: input.price_per_gb === undefined ? before.price_per_gb : input.price_per_gb,
    });
    const after = await updateConfigRow(tx, id, { ...input, ...columns(input), updated_at: at });
    await record(kit, tx, author, 'quota_config.updated', before, after);
    return after;
  });
}

/** @throws {AppError} not_found */
export async function deleteConfig(kit: Kit, author: Author, id: string): Promise<void> {
  await changing(kit, async (tx) => {
    const before = await lockConfig(tx, id);
    if (!before) throw new AppError('not_found');
    await deleteConfigRow(tx, id);
    await record(kit, tx, author, 'quota_config.deleted', before, undefined);
  });
}

/** Changes rules, and has every member looked at by them. */
async function changing<T>(kit: Kit, work: (tx: Tx, at: string) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(kit.db, async (tx) => {
      await lockQuotas(tx);
      const result = await work(tx, instantText(kit.clock.now()));
      await bumpVersion(tx, true);
      await requestCheck(tx);
      return result;
    });
  } catch (error) {
    if (violatedConstraint(error) === 'member_quota_config_active_unique')
      throw new AppError('quota_config_exists');
    throw error;
  }
}

/** What the columns take in another form. */
function columns({ max_quota: quota, notify_at: percents }: ConfigInput) {
  return {
    max_quota: quota === undefined ? undefined : String(quota),
    notify_at: percents === undefined ? undefined : [...new Set(percents)].sort((one, other) => one - other),
  };
}

function requireRules({ action, throttle_rate: rate, price_per_gb: price }: ConfigInput): void {
  if (action === 'throttle' && !rate) {
    throw fieldError('throttle_rate', {
      en: 'To throttle needs a speed, like "1M/1M".',
      id: 'Untuk memperlambat perlu kecepatan, misalnya "1M/1M".',
    });
  }
  if (action === 'bill' && !price) {
    throw fieldError('price_per_gb', {
      en: 'To bill needs a price for each GB above the quota.',
      id: 'Untuk menagih perlu harga untuk setiap GB di atas kuota.',
    });
  }
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  before: ConfigRow | undefined,
  after: ConfigRow | undefined,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    {
      action,
      subjectType: 'quota_config',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: presentConfig(before) } : {}),
      ...(after ? { after: presentConfig(after) } : {}),
    },
  ]);
}
