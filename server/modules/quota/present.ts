import type { z } from 'zod';
import type {
  quotaBulkJobSchema,
  quotaConfigSchema,
  quotaHistorySchema,
  quotaMemberSchema,
  quotaTopUpSchema,
} from '#contract';
import type { TopUpRow } from './adjust-queries.ts';
import type { BulkJobRow } from './bulk-queries.ts';
import type { ConfigRow } from './config-queries.ts';
import type { HistoryRow, MemberRow } from './member-queries.ts';

type Config = z.input<typeof quotaConfigSchema>;
type Member = z.input<typeof quotaMemberSchema>;
type BulkJob = z.input<typeof quotaBulkJobSchema>;

/** Bytes as GB of 10^9, to the byte as far as a number goes. */
export const gigabytesOf = (bytes: string): number => Number(bytes) / 1e9;

/** How much of the quota is used, to one decimal; of a quota of nothing all of it is. */
export const percentOf = (used: string, quota: string): number =>
  Number(quota) === 0 ? 100 : Math.floor((Number(used) / Number(quota)) * 1000) / 10;

export function presentConfig(row: ConfigRow): Config {
  // The columns' checks allow just the contract's values.
  return {
    ...row,
    max_quota: Number(row.max_quota),
    period: row.period as Config['period'],
    action: row.action as Config['action'],
  };
}

/** How a member stands: for the office, and for the member. */
export function presentMember(
  customer: { readonly id: string; readonly name: string },
  row: MemberRow | undefined,
): Member {
  const name = { member_id: customer.id, member_name: customer.name };
  if (row === undefined || row.state === 'off') return { ...name, ...none };
  const quota = BigInt(row.quota_bytes) + BigInt(row.topup_bytes) + BigInt(row.rollover_bytes);
  const left = quota - BigInt(row.used_bytes);
  const percent = percentOf(row.used_bytes, String(quota));
  return {
    ...name,
    membership_type: row.membership_type,
    period: row.period as Member['period'], // The column's check allows just the contract's values.
    period_start: row.period_start,
    period_end: row.period_end,
    quota_gb: gigabytesOf(row.quota_bytes),
    topup_gb: gigabytesOf(row.topup_bytes),
    rollover_gb: gigabytesOf(row.rollover_bytes),
    total_gb: gigabytesOf(String(quota)),
    used_gb: gigabytesOf(row.used_bytes),
    remaining_gb: gigabytesOf(String(left > 0n ? left : 0n)),
    percent,
    state: left <= 0n ? 'exceeded' : percent >= row.least_percent ? 'warned' : 'ok',
    blocked: row.blocked ?? false,
    rate_limit: row.rate_limit,
  };
}

const none = {
  membership_type: null,
  period: null,
  period_start: null,
  period_end: null,
  quota_gb: null,
  topup_gb: null,
  rollover_gb: null,
  total_gb: null,
  used_gb: null,
  remaining_gb: null,
  percent: null,
  state: 'none',
  blocked: false,
  rate_limit: null,
} as const satisfies Partial<Member>;

export function presentHistory(row: HistoryRow): z.input<typeof quotaHistorySchema> {
  return {
    ...row,
    old_quota: row.old_quota === null ? null : Number(row.old_quota),
    new_quota: row.new_quota === null ? null : Number(row.new_quota),
  };
}

export function presentTopUp(row: TopUpRow): z.input<typeof quotaTopUpSchema> {
  return { ...row, gigabytes: Number(row.gigabytes) };
}

export function presentBulkJob({
  actor: _,
  user_id: __,
  id,
  new_quota: quota,
  unknown_ids: unknown,
  ...row
}: BulkJobRow): BulkJob {
  return {
    ...row,
    job_id: id,
    new_quota: quota === null ? null : Number(quota),
    // The columns hold just these.
    state: row.state as BulkJob['state'],
    unknown_ids: unknown as string[],
  };
}
