import { z } from 'zod';
import { instant, line } from './fields.ts';
import { releaseChannels } from './releases.ts';
import { say } from './say.ts';
export const lifeStates = ['online', 'late', 'silent'] as const;
export const reportStatuses = ['success', 'failed', 'silent', 'rolled_back'] as const;
export const rolloutStates = ['waiting', 'running', 'halted', 'done', 'undone'] as const;
export const rolloutMemberStates = [
  'offered',
  'told',
  'updated',
  'healthy',
  'failed',
  'silent',
  'rolled_back',
] as const;

/** A semantic version, as it is kept. */
export const versionText = z
  .string()
  .max(100)
  .regex(/^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z][0-9A-Za-z.-]*)?$/, {
    error: say('Use a semantic version, like "1.2.0".', 'Gunakan versi semantik, misalnya "1.2.0".'),
  });

/** A local time of day; null: at any hour. */
export const hour = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
    error: say('Use a time of day, like "22:30".', 'Gunakan jam, misalnya "22:30".'),
  })
  .nullable();

export const cohort = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, {
  error: say(
    'Use letters, digits, - and _ only, like "pilot".',
    'Gunakan hanya huruf, angka, - dan _, misalnya "pilot".',
  ),
});

export const directivesSchema = z.object({
  disabled: z.boolean(),
  suspended: z.boolean(),
  force_version: z.string().nullable(),
  server_message: z.string().nullable(),
  reason: z.string().nullable(),
  /** The director's signature is still missing: Nadi's own agents do not obey yet. */
  awaits_signature: z.boolean(),
  updated_at: instant,
});

export const fleetInstallationSchema = z
  .object({
    id: z.uuid(),
    agent_code: z.string(),
    license_id: z.uuid(),
    hostname: z.string().nullable(),
    version: z.string().nullable(),
    state: z.enum(lifeStates),
    environment: z.string(),
    client_info: z.record(z.string(), z.unknown()),
    channel: z.enum(releaseChannels),
    cohorts: z.array(z.string()),
    window_from: z.string().nullable(),
    window_until: z.string().nullable(),
    first_seen_at: instant.nullable(),
    last_heartbeat_at: instant.nullable(),
    last_check_at: instant.nullable(),
    offered_version: z.string().nullable(),
    failures: z.number(),
    failed_versions: z.array(z.string()),
    rests_until: instant.nullable(),
    /** Two machines seem to use its agent code: it goes back and forth between two descriptions of itself. */
    seems_cloned: z.boolean(),
    other_info: z.record(z.string(), z.unknown()).nullable(),
    directives: directivesSchema.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'FleetInstallation' });

export const fleetReportSchema = z
  .object({
    id: z.string(),
    installation_id: z.uuid(),
    agent_code: z.string(),
    version: z.string(),
    from_version: z.string().nullable(),
    status: z.enum(reportStatuses),
    error: z.string().nullable(),
    environment: z.string(),
    seconds: z.number().nullable(),
    created_at: instant,
  })
  .meta({ id: 'FleetReport' });

const percent = (least: number) => z.number().int().min(least).max(100);

/** A stage as it is asked for: `count` or `percent`; with neither, all that its cohorts have. */
export const stageInput = z.strictObject({
  name: line(100),
  count: z.number().int().min(1).max(1_000_000).optional(),
  percent: percent(1).optional(),
  cohorts: z.array(cohort).max(20).default([]),
  window_from: hour.default(null),
  window_until: hour.default(null),
  soak_minutes: z.number().int().min(0).max(43_200).default(60),
  needs_approval: z.boolean().default(false),
  least_judged: percent(0).default(80),
  most_failed: percent(0).default(2),
});

const health = z.object({
  environment: z.string(),
  reached: z.number(),
  updated: z.number(),
  healthy: z.number(),
  failed: z.number(),
});

export const rolloutSchema = z
  .object({
    id: z.uuid(),
    version: z.string(),
    release_id: z.uuid(),
    state: z.enum(rolloutStates),
    state_reason: z.string().nullable(),
    stage: z.number(),
    stages: z.array(
      z.object({
        name: z.string(),
        count: z.number().optional(),
        percent: z.number().optional(),
        cohorts: z.array(z.string()),
        window_from: z.string().nullable(),
        window_until: z.string().nullable(),
        soak_minutes: z.number(),
        needs_approval: z.boolean(),
        least_judged: z.number(),
        most_failed: z.number(),
      }),
    ),
    stage_since: instant.nullable(),
    starts_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
    ended_at: instant.nullable(),
  })
  .meta({ id: 'Rollout' });

export const rolloutDetailSchema = rolloutSchema
  .extend({
    members: z.record(z.string(), z.number()),
    health: z.array(health),
  })
  .meta({ id: 'RolloutDetail' });

export const rolloutMemberSchema = z
  .object({
    /** Of the installation. */
    id: z.uuid(),
    agent_code: z.string(),
    stage: z.number(),
    from_version: z.string().nullable(),
    environment: z.string(),
    state: z.enum(rolloutMemberStates),
    created_at: instant,
    settled_at: instant.nullable(),
  })
  .meta({ id: 'RolloutMember' });
