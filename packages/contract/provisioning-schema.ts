import { z } from 'zod';
import { instant } from './fields.ts';

/** `ok`: the router was seen to hold what it should. `failed`: it was tried, and will be again. */
export const provisioningStatuses = ['ok', 'waiting', 'failed'] as const;

export const textSchema = z.object({ en: z.string(), id: z.string() });

/** How far one router is with one subscription. */
export const provisioningSchema = z
  .object({
    router_id: z.uuid(),
    router_name: z.string(),
    status: z.enum(provisioningStatuses),
    /** As the router was last seen: with access, without, or with the notice alone. Null is no entry. */
    state: z.enum(['on', 'off', 'isolated', 'blocked']).nullable(),
    /** Of the last change. */
    changed_at: instant,
    verified_at: instant.nullable(),
    fault: z.object({ code: z.string(), ...textSchema.shape }).nullable(),
  })
  .meta({ id: 'Provisioning' });
