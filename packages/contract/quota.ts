import { z } from 'zod';
import { bandwidth } from './catalog.ts';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, line, membershipType, positiveMoney, queryBoolean } from './fields.ts';
import { pageOf, pageQuery } from './page.ts';
import { idempotencyKey } from './payment-schema.ts';
import {
  quotaActions,
  quotaBulkJobSchema,
  quotaConfigSchema,
  quotaHistorySchema,
  quotaMemberSchema,
  quotaPeriods,
  quotaStatsSchema,
  quotaTopUpSchema,
} from './quota-schema.ts';
import { say } from './say.ts';

const hundredths = say(
  'Use GB with at most two decimals, like 50 or 0.5.',
  'Gunakan GB paling banyak dua desimal, misalnya 50 atau 0.5.',
);
/** GB with two decimals, up to a petabyte. Division alone would take the least number there is for nothing. */
const gigabytes = (least: 0 | 0.01) =>
  z
    .number()
    .min(least)
    .max(1_000_000)
    .refine((value) => value === Number(value.toFixed(2)), { error: hundredths });
const reason = line(100);

const configFields = {
  max_quota: gigabytes(0.01),
  is_active: z.boolean(),
  period: z.enum(quotaPeriods),
  /** Percents at which an alert is written, each once in a period. */
  notify_at: z.array(z.number().int().min(1).max(1000)).min(1).max(10),
  action: z.enum(quotaActions),
  throttle_rate: bandwidth.nullable(),
  price_per_gb: positiveMoney
    .refine((value) => Number(value) <= 1_000_000, {
      error: say('Use a price up to one million.', 'Gunakan harga paling banyak satu juta.'),
    })
    .nullable(),
  rollover_percent: z.number().int().min(0).max(100),
};

const tag = 'Quota';

export const quota = {
  showOwnQuota: endpoint({
    method: 'GET',
    path: '/api/v1/quota',
    tag,
    summary: 'How one stands with one’s own quota now',
    permission: 'customer',
    status: 200,
    response: quotaMemberSchema,
    errors: [],
    rateLimit: 60,
  }),
  listQuotaConfigs: endpoint({
    method: 'GET',
    path: '/api/v1/admin/quota/configs',
    tag,
    summary: 'Quotas of membership types, newest first',
    permission: 'quota:read',
    query: z.strictObject({
      ...pageQuery,
      membership_type: membershipType.optional(),
      is_active: queryBoolean.optional(),
    }),
    status: 200,
    response: pageOf(quotaConfigSchema),
    errors: [],
  }),
  createQuotaConfig: endpoint({
    method: 'POST',
    path: '/api/v1/admin/quota/configs',
    tag,
    summary: 'Give a membership type a quota; one of a type can be active',
    permission: 'quota:write',
    body: z.strictObject({
      ...z.object(configFields).partial().shape,
      membership_type: membershipType,
      max_quota: configFields.max_quota,
    }),
    status: 201,
    response: quotaConfigSchema,
    errors: ['quota_config_exists'],
  }),
  updateQuotaConfig: endpoint({
    method: 'PUT',
    path: '/api/v1/admin/quota/configs/:id',
    tag,
    summary: 'Change a quota; it counts for the running period. Another kind of period begins today',
    permission: 'quota:write',
    params: idParams,
    body: z.strictObject({
      ...z.object(configFields).partial().shape,
      membership_type: membershipType.optional(),
    }),
    status: 200,
    response: quotaConfigSchema,
    errors: ['not_found', 'quota_config_exists'],
  }),
  deleteQuotaConfig: endpoint({
    method: 'DELETE',
    path: '/api/v1/admin/quota/configs/:id',
    tag,
    summary: 'Remove a quota; nobody is limited by it any more',
    permission: 'quota:write',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found'],
  }),
  showQuotaStats: endpoint({
    method: 'GET',
    path: '/api/v1/admin/quota/stats',
    tag,
    summary: 'How members stand with their quotas, in sums',
    permission: 'quota:read',
    query: z.strictObject({
      membership_type: membershipType.optional(),
      period: z.enum(quotaPeriods).optional(),
    }),
    status: 200,
    response: quotaStatsSchema,
    errors: [],
  }),
  listQuotaHistory: endpoint({
    method: 'GET',
    path: '/api/v1/admin/quota/history',
    tag,
    summary: 'Adjustments, top-ups and rollovers, newest first',
    permission: 'quota:read',
    query: z.strictObject({
      ...pageQuery,
      member_id: id.optional(),
      reason: reason.optional(),
      from: date.optional(),
      to: date.optional(),
    }),
    status: 200,
    response: pageOf(quotaHistorySchema),
    errors: [],
  }),
  listQuotaMembers: endpoint({
    method: 'GET',
    path: '/api/v1/admin/quota/members',
    tag,
    summary: 'Members with a quota as they stood within the last minutes',
    permission: 'quota:read',
    query: z.strictObject({
      ...pageQuery,
      membership_type: membershipType.optional(),
      period: z.enum(quotaPeriods).optional(),
      state: z.enum(['ok', 'warned', 'exceeded']).optional(),
    }),
    status: 200,
    response: pageOf(quotaMemberSchema),
    errors: [],
  }),
  showQuotaMember: endpoint({
    method: 'GET',
    path: '/api/v1/admin/quota/members/:member_id',
    tag,
    summary: 'How a member stands now',
    permission: 'quota:read',
    params: z.strictObject({ member_id: id }),
    status: 200,
    response: quotaMemberSchema,
    errors: ['not_found'],
  }),
  adjustQuota: endpoint({
    method: 'POST',
    path: '/api/v1/admin/quota/adjust',
    tag,
    summary: 'Give a member a quota of its own; null gives back what its membership type has',
    permission: 'quota:write',
    body: z.strictObject({ member_id: id, new_quota: gigabytes(0).nullable(), reason }),
    status: 200,
    response: quotaMemberSchema,
    errors: [],
  }),
  topUpQuota: endpoint({
    method: 'POST',
    path: '/api/v1/admin/quota/topups',
    tag,
    summary: 'Add to what a member may use in the running period; a price goes on the next invoice',
    permission: 'quota:write',
    body: z.strictObject({
      member_id: id,
      gigabytes: gigabytes(0.01),
      price: positiveMoney
        .refine((value) => Number(value) < 1_000_000_000, {
          error: say('Use a price below one billion.', 'Gunakan harga di bawah satu miliar.'),
        })
        .optional(),
      idempotency_key: idempotencyKey,
    }),
    status: 201,
    response: quotaTopUpSchema,
    errors: ['quota_none'],
  }),
  bulkAdjustQuota: endpoint({
    method: 'POST',
    path: '/api/v1/admin/quota/bulk-adjust',
    tag,
    summary: 'Give many members a quota, by their ids or by what they are now; it is worked off behind',
    permission: 'quota:write',
    body: z
      .strictObject({
        member_ids: z.array(id).min(1).max(20_000).optional(),
        /** Members of whom all of this is so; an empty one is everybody. */
        filter: z
          .strictObject({
            membership_type: membershipType.optional(),
            package_id: id.optional(),
            area: z.string().trim().min(1).max(100).optional(),
          })
          .optional(),
        new_quota: gigabytes(0).nullable(),
        reason: reason.default('bulk_adjustment'),
      })
      .refine((body) => (body.member_ids === undefined) !== (body.filter === undefined), {
        path: ['member_ids'],
        error: say('Give member_ids or a filter, one of them.', 'Isi member_ids atau filter, salah satu.'),
      }),
    status: 202,
    response: z.object({ message: z.string(), job_id: z.uuid() }),
    errors: [],
    rateLimit: 10,
  }),
  showBulkAdjust: endpoint({
    method: 'GET',
    path: '/api/v1/admin/quota/bulk-adjust/:job_id',
    tag,
    summary: 'How far a bulk adjustment is',
    permission: 'quota:read',
    params: z.strictObject({ job_id: id }),
    status: 200,
    response: quotaBulkJobSchema,
    errors: ['not_found'],
  }),
};
