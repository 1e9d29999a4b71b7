import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import { enqueue } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { findPackage } from '../catalog/index.ts';
import {
  adjustSome,
  type BulkFilter,
  type BulkJobRow,
  findBulkJob,
  insertBulkJob,
  nextBulkJob,
} from './bulk-queries.ts';
import { checkNow, timeToWork, type Work } from './check-members.ts';
import { bumpVersion, lockQuotas } from './check-queries.ts';
import type { QuotaHooks } from './hooks.ts';

/** How many members are adjusted in one transaction. */
const bulkBatch = 5000;

export interface BulkInput {
  readonly member_ids?: readonly string[] | undefined;
  readonly filter?: BulkFilter | undefined;
  readonly new_quota: number | null;
  readonly reason: string;
}

/**
 * Fixes whom an adjustment is for, and puts it on the queue (spec 5, Queue Processing). Returns the job's id.
 * @throws {AppError} validation_failed for a package there is not
 */
export function queueBulkAdjust(kit: Kit, author: Author, input: BulkInput): Promise<string> {
  return inTransaction(kit.db, async (tx) => {
    const packageId = input.filter?.package_id;
    if (packageId !== undefined && !(await findPackage(tx, packageId))) {
      throw fieldError('filter.package_id', {
        en: 'There is no such package.',
        id: 'Paket ini tidak ada.',
      });
    }
    const job = await insertBulkJob(tx, {
      id: newId(kit.clock),
      quota: input.new_quota === null ? null : String(input.new_quota),
      reason: input.reason,
      userId: author.userId ?? null,
      actor: author.name,
      at: instantText(kit.clock.now()),
      members: input.member_ids ?? input.filter ?? {},
    });
    await enqueue(tx, [{ name: 'quota.bulk', payload: {}, key: 'quota.bulk' }]);
    const { new_quota: quota, reason, total } = job;
    await recordChanges(tx, kit.clock, author, [
      {
        action: 'quota.bulk_adjusted',
        subjectType: 'quota_bulk_job',
        subjectId: job.id,
        after: { new_quota: quota, reason, total, ...(input.filter ? { filter: input.filter } : {}) },
      },
    ]);
    return job.id;
  });
}

/** @throws {AppError} not_found */
export async function showBulkJob(kit: Kit, id: string): Promise<BulkJobRow> {
  const job = await findBulkJob(kit.db, id);
  if (!job) throw new AppError('not_found');
  return job;
}

/**
 * Works off bulk adjustments, the oldest first, in parts. A part is one transaction: a worker that is killed leaves the rest to
 * whoever comes next, and of two at once each member is adjusted by one.
 */
export async function workBulkJobs(
  kit: Kit,
  hooks: QuotaHooks,
  { signal, batch = bulkBatch }: Work = {},
): Promise<void> {
  const mayGoOn = timeToWork(kit, signal);
  while (mayGoOn()) {
    const worked = await inTransaction(kit.db, async (tx) => {
      await lockQuotas(tx);
      const job = await nextBulkJob(tx);
      if (!job) return false;
      const members = await adjustSome(tx, job, batch, instantText(kit.clock.now()));
      if (members.length > 0) await checkNow(kit, tx, hooks, members);
      await bumpVersion(tx);
      return true;
    });
    if (!worked) return;
  }
}
