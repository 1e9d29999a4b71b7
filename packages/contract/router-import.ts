import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, line } from './fields.ts';
import { textSchema } from './provisioning-schema.ts';

export const importKinds = ['pppoe', 'hotspot', 'static'] as const;

/**
 * `new` becomes a subscription; `known` is Nadi's already; `matches` is taken over by the subscription of this username; `taken`:
 * the username is somebody else's; `skipped` stays as it is.
 */
export const importVerdicts = ['taken', 'skipped', 'matches', 'new', 'known'] as const;

const kind = z.enum(importKinds);

const rowSchema = z.object({
  kind,
  name: z.string(),
  /** Of a static address its speed. */
  profile: z.string().nullable(),
  /** As routers write it; null is none. */
  rate: z.string().nullable(),
  comment: z.string(),
  disabled: z.boolean(),
  verdict: z.enum(importVerdicts),
  reason: z.object({ code: z.string(), ...textSchema.shape }).nullable(),
  package_id: z.uuid().nullable(),
  package_name: z.string().nullable(),
  /** Of a customer who is here; a new one has none yet. */
  customer_id: z.uuid().nullable(),
  customer_name: z.string().nullable(),
  /** Where the username is taken, one that is free. */
  proposed_name: z.string().nullable(),
});

const profileSchema = z.object({
  kind,
  name: z.string(),
  rate: z.string().nullable(),
  entries: z.number(),
  package_id: z.uuid().nullable(),
  package_name: z.string().nullable(),
  /** Where no package fits: one to add at /api/packages with its price. Null where the speed is not one that packages have. */
  proposal: z
    .object({ name: z.string(), type: kind, bandwidth: z.string(), burst: z.string().nullable() })
    .nullable(),
});

export const routerImports = {
  importRouter: endpoint({
    method: 'POST',
    path: '/api/routers/:id/import',
    tag: 'Routers',
    summary:
      'Bring customers and subscriptions from what a router holds already; without "dry_run": false it only tells what would come',
    permission: 'routers:write',
    params: idParams,
    body: z.strictObject({
      dry_run: z.boolean().default(true),
      /** All, unless given. */
      kinds: z.array(kind).min(1).max(3).optional(),
      /** The first day that is not paid; the first of next month unless given. */
      end_date: date.optional(),
      /** Which package a profile is here, where its speed does not tell; of a static address the speed. */
      packages: z
        .array(z.strictObject({ profile: line(), package_id: id }))
        .max(500)
        .optional(),
    }),
    status: 200,
    response: z.object({
      dry_run: z.boolean(),
      router_id: z.uuid(),
      end_date: z.string(),
      new: z.number(),
      known: z.number(),
      matches: z.number(),
      taken: z.number(),
      skipped: z.number(),
      /** Of those that are new: customers that were not here. */
      new_customers: z.number(),
      profiles: z.array(profileSchema),
      /** At most 1000 of them, those that need somebody first. */
      rows: z.array(rowSchema),
    }),
    errors: ['not_found', 'router_trouble'],
  }),
};
