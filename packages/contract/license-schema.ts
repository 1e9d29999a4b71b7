import { z } from 'zod';
import { customerSummarySchema } from './customer-summary.ts';
import { instant } from './fields.ts';

/** grace: the paid time is over, and not yet thirty days ago. */
export const licenseStatuses = ['active', 'grace', 'suspended', 'revoked', 'expired'] as const;
export const installationStates = ['ready', 'paired', 'moved', 'unpaired', 'ended'] as const;
export const overageRules = ['warn', 'notify', 'refuse'] as const;

/** What is on and off, by name. */
const features = z.record(z.string(), z.boolean());
/** How many of what, as in `max_users`. */
const limits = z.record(z.string(), z.number());

const packageName = z.object({ id: z.uuid(), name: z.string() });

export const licensePlanSchema = z
  .object({
    /** That of its package. */
    id: z.uuid(),
    package: packageName,
    features,
    limits,
    max_nodes: z.number(),
    overage: z.enum(overageRules),
    /** Within any year. */
    free_moves: z.number(),
    min_app_version: z.string().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'LicensePlan' });

const installation = {
  id: z.uuid(),
  agent_code: z.string(),
  state: z.enum(installationStates),
  hostname: z.string().nullable(),
  app_version: z.string().nullable(),
  /** As it said at its last heartbeat. */
  usage: z.record(z.string(), z.number()),
  paired_at: instant.nullable(),
  last_heartbeat_at: instant.nullable(),
  ended_at: instant.nullable(),
};

/** What somebody said when pairing, as it was said. */
const said = z.record(z.string(), z.unknown()).nullable();

export const installationSchema = z
  .object({
    ...installation,
    license_id: z.uuid(),
    customer: customerSummarySchema,
    install_id: z.uuid().nullable(),
    fingerprint: z.string().nullable(),
    owner: said,
    property: said,
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'Installation' });

const moves = {
  /** Within the last year, of the free ones. */
  moves_used: z.number(),
  /** Free and granted ones. */
  moves_left: z.number(),
  /** When the next free one is there; null where it is there now. */
  next_free_at: instant.nullable(),
};

/** How much of a limit is used. */
export const licenseUsageSchema = z
  .object({ name: z.string(), used: z.number(), limit: z.number(), over: z.boolean() })
  .meta({ id: 'LicenseUsage' });

const license = {
  id: z.uuid(),
  subscription_id: z.uuid().nullable(),
  /** The last group of its key; null before one was drawn. */
  key_hint: z.string().nullable(),
  status: z.enum(licenseStatuses),
  /** Paid until; null is for ever. */
  valid_until: instant.nullable(),
  /** With what is its own beside the plan's. */
  features,
  limits,
  max_nodes: z.number(),
  nodes: z.number(),
};

export const licenseSchema = z
  .object({
    ...license,
    customer: customerSummarySchema,
    package: packageName,
    status_reason: z.string().nullable(),
    own_features: features,
    own_limits: limits,
    own_max_nodes: z.number().nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'License' });

export const licenseMoveSchema = z
  .object({
    id: z.uuid(),
    from_hostname: z.string().nullable(),
    to_hostname: z.string().nullable(),
    reason: z.string(),
    kind: z.enum(['free', 'granted']),
    moved_at: instant,
  })
  .meta({ id: 'LicenseMove' });

export const licenseDetailSchema = licenseSchema.extend({
  ...moves,
  usage: z.array(licenseUsageSchema),
  /** The newest hundred. */
  installations: z.array(installationSchema.omit({ customer: true })),
  moves: z.array(licenseMoveSchema),
});

/** A license as its owner sees it. */
export const ownLicenseSchema = z
  .object({
    ...license,
    plan: z.string(),
    ...moves,
    usage: z.array(licenseUsageSchema),
    /** Its open invoice is paid and printed by the portal's invoices. */
    renewal: z
      .object({
        subscription_id: z.uuid(),
        /** The first day that is not paid. */
        date: z.string(),
        auto_renew: z.boolean(),
        price: z.string(),
        invoice_id: z.uuid().nullable(),
      })
      .nullable(),
    installations: z.array(z.object(installation)),
  })
  .meta({ id: 'OwnLicense' });
