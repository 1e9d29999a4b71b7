import type { Prepare } from './prepare.ts';

const quotaOf = (number: number) => ({
  membership_type: `dunia-${number}`,
  max_quota: 50,
  is_active: true,
  period: 'month',
  notify_at: [80, 100],
  action: 'throttle',
  throttle_rate: '1M/1M',
  price_per_gb: '5000',
  rollover_percent: 50,
});

/** What endpoints of quotas need done before. */
export const quotaPreparations: Readonly<Record<string, Prepare>> = {
  bulkAdjustQuota: async ({ ids }) => [
    { body: { member_ids: [ids.member], new_quota: 50, reason: 'promo' } },
    {
      body: {
        filter: { membership_type: 'regular', package_id: ids.package, area: 'Contoh' },
        new_quota: 50,
        reason: 'promo',
      },
    },
  ],
  topUpQuota: async ({ ids, number, send }) => {
    await send('POST', '/api/subscriptions', {
      customer_id: ids.member,
      package_id: ids.package,
      mikrotik_username: `kuota-${number}`,
    });
    await send('POST', '/api/v1/admin/quota/adjust', {
      member_id: ids.member,
      new_quota: 10,
      reason: 'baru',
    });
    return [{}];
  },
  // One of a type can be active.
  createQuotaConfig: async ({ number }) => [
    { body: { ...quotaOf(number), membership_type: `baru-${number}` } },
  ],
  updateQuotaConfig: async ({ number }) => [{ body: quotaOf(number) }],
};
