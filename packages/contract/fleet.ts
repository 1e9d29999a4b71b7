import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { date, id, idParams, line, note, partSearch } from './fields.ts';
import {
  cohort,
  directivesSchema,
  fleetInstallationSchema,
  fleetReportSchema,
  hour,
  lifeStates,
  reportStatuses,
  versionText,
} from './fleet-schema.ts';
import { pageOf, pageQuery } from './page.ts';
import { releaseChannels } from './releases.ts';

const tag = 'Fleet';
const reason = line(500);

export const fleet = {
  listFleet: endpoint({
    method: 'GET',
    path: '/api/fleet/installations',
    tag,
    summary:
      'Installations that were heard of and are still there, newest first; `search` is a part of the agent code or host name. What became of others /api/installations tells',
    permission: 'fleet:read',
    query: z.strictObject({
      ...pageQuery,
      version: line(100).optional(),
      state: z.enum(lifeStates).optional(),
      channel: z.enum(releaseChannels).optional(),
      cohort: cohort.optional(),
      environment: line(200).optional(),
      license_id: id.optional(),
      search: partSearch(100).optional(),
    }),
    status: 200,
    response: pageOf(fleetInstallationSchema),
    errors: [],
  }),
  showFleetInstallation: endpoint({
    method: 'GET',
    path: '/api/fleet/installations/:id',
    tag,
    summary: 'An installation: what it says, and what it is told',
    permission: 'fleet:read',
    params: idParams,
    status: 200,
    response: fleetInstallationSchema,
    errors: ['not_found'],
  }),
  updateFleetInstallation: endpoint({
    method: 'PUT',
    path: '/api/fleet/installations/:id',
    tag,
    summary: 'How releases reach an installation: channel, cohorts, local hours',
    permission: 'fleet:write',
    params: idParams,
    body: z.strictObject({
      channel: z.enum(releaseChannels).optional(),
      cohorts: z.array(cohort).max(20).optional(),
      window_from: hour.optional(),
      window_until: hour.optional(),
    }),
    status: 200,
    response: fleetInstallationSchema,
    errors: ['not_found'],
  }),
  endFleetRest: endpoint({
    method: 'POST',
    path: '/api/fleet/installations/:id/retry',
    tag,
    summary: 'Forget the failures of an installation: it is offered again what failed there, at once',
    permission: 'fleet:write',
    params: idParams,
    status: 200,
    response: fleetInstallationSchema,
    errors: ['not_found'],
  }),
  directInstallation: endpoint({
    method: 'PUT',
    path: '/api/fleet/installations/:id/directives',
    tag,
    summary:
      'What an installation is told until it is told otherwise; what switches it off or forces code waits for the director’s signature',
    permission: 'fleet:write',
    params: idParams,
    body: z.strictObject({
      disabled: z.boolean().optional(),
      suspended: z.boolean().optional(),
      force_version: versionText.nullable().optional(),
      server_message: note(1000).optional(),
      reason,
    }),
    status: 200,
    response: directivesSchema,
    errors: ['not_found'],
  }),
  messageInstallation: endpoint({
    method: 'PUT',
    path: '/api/fleet/installations/:id/message',
    tag,
    summary: 'The message that an installation shows to its people; null takes it back',
    permission: 'fleet:message',
    params: idParams,
    body: z.strictObject({ server_message: note(1000) }),
    status: 200,
    response: directivesSchema,
    errors: ['not_found'],
  }),
  listFleetReports: endpoint({
    method: 'GET',
    path: '/api/fleet/reports',
    tag,
    summary: 'What came of updates, newest first',
    permission: 'fleet:read',
    query: z.strictObject({
      ...pageQuery,
      installation_id: id.optional(),
      version: line(100).optional(),
      status: z.enum(reportStatuses).optional(),
    }),
    status: 200,
    response: pageOf(fleetReportSchema),
    errors: [],
  }),
  showFleetAnalytics: endpoint({
    method: 'GET',
    path: '/api/fleet/analytics',
    tag,
    summary: 'Adoption over time, success by version and environment, time to update, failures by error',
    permission: 'fleet:read',
    query: z.strictObject({ from: date, to: date, version: line(100).optional() }),
    status: 200,
    response: z.object({
      from: date,
      to: date,
      states: z.object({ online: z.number(), late: z.number(), silent: z.number() }),
      adoption: z.array(z.object({ day: date, version: z.string(), installations: z.number() })),
      outcomes: z.array(
        z.object({
          version: z.string(),
          environment: z.string(),
          success: z.number(),
          failed: z.number(),
          silent: z.number(),
          rolled_back: z.number(),
          /** Of those that ended, in percent to one decimal. */
          success_rate: z.number(),
        }),
      ),
      times: z.array(
        z.object({
          version: z.string(),
          updates: z.number(),
          mean_seconds: z.number(),
          p90_seconds: z.number(),
        }),
      ),
      errors: z.array(
        z.object({ version: z.string(), error: z.string(), installations: z.number(), last_at: z.string() }),
      ),
    }),
    errors: [],
  }),
};
