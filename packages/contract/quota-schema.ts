import { z } from 'zod';
import { instant, moneyOut } from './fields.ts';

export const quotaPeriods = ['billing', 'month', 'day'] as const;
export const quotaActions = ['notify', 'throttle', 'block', 'bill'] as const;
export const memberStates = ['ok', 'warned', 'exceeded', 'none'] as const;

/** How much members of a type may use, and what happens then (spec 5). GB are 10^9 bytes. */
export const quotaConfigSchema = z
  .object({
    id: z.uuid(),
    membership_type: z.string(),
    max_quota: z.number(),
    is_active: z.boolean(),
    period: z.enum(quotaPeriods),
    notify_at: z.array(z.number()),
    action: z.enum(quotaActions),
    throttle_rate: z.string().nullable(),
    price_per_gb: moneyOut.nullable(),
    rollover_percent: z.number(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'QuotaConfig' });

/** How a member stands in the running period. Without a quota the figures are null and `state` is `none`. */
export const quotaMemberSchema = z
  .object({
    member_id: z.uuid(),
    member_name: z.string(),
    membership_type: z.string().nullable(),
    period: z.enum(quotaPeriods).nullable(),
    period_start: z.string().nullable(),
    /** The first day of the next period. */
    period_end: z.string().nullable(),
    quota_gb: z.number().nullable(),
    topup_gb: z.number().nullable(),
    /** Left over from the period before. */
    rollover_gb: z.number().nullable(),
    total_gb: z.number().nullable(),
    used_gb: z.number().nullable(),
    remaining_gb: z.number().nullable(),
    percent: z.number().nullable(),
    state: z.enum(memberStates),
    /** What the member gets less because of the quota. */
    blocked: z.boolean(),
    rate_limit: z.string().nullable(),
  })
  .meta({ id: 'QuotaMember' });

/** A change of a member's quota, in GB. */
export const quotaHistorySchema = z
  .object({
    id: z.string(),
    member_id: z.uuid(),
    old_quota: z.number().nullable(),
    new_quota: z.number().nullable(),
    reason: z.string(),
    user_id: z.uuid().nullable(),
    actor: z.string(),
    created_at: instant,
  })
  .meta({ id: 'QuotaHistory' });

const figures = {
  members: z.number(),
  warned: z.number(),
  exceeded: z.number(),
  /** Throttled or blocked because of it. */
  limited: z.number(),
  quota_gb: z.number(),
  used_gb: z.number(),
  percent: z.number(),
};

export const quotaStatsSchema = z
  .object({
    ...figures,
    by_membership_type: z.array(z.object({ membership_type: z.string(), ...figures })),
    /** Remembered for 300 seconds, unless a quota changes before. */
    generated_at: instant,
  })
  .meta({ id: 'QuotaStats' });

export const quotaTopUpSchema = z
  .object({
    id: z.uuid(),
    member_id: z.uuid(),
    period_start: z.string(),
    gigabytes: z.number(),
    price: moneyOut.nullable(),
    charge_id: z.uuid().nullable(),
    created_at: instant,
  })
  .meta({ id: 'QuotaTopUp' });

export const quotaBulkJobSchema = z
  .object({
    job_id: z.uuid(),
    state: z.enum(['queued', 'running', 'done']),
    total: z.number(),
    done: z.number(),
    new_quota: z.number().nullable(),
    reason: z.string(),
    /** Ids that were asked for, and no member has. */
    unknown_ids: z.array(z.uuid()),
    created_at: instant,
    finished_at: instant.nullable(),
  })
  .meta({ id: 'QuotaBulkJob' });
