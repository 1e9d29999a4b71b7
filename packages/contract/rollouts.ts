import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idParams, instant, line } from './fields.ts';
import {
  rolloutDetailSchema,
  rolloutMemberSchema,
  rolloutMemberStates,
  rolloutSchema,
  rolloutStates,
  stageInput,
  versionText,
} from './fleet-schema.ts';
import { pageOf, pageQuery } from './page.ts';
import { say } from './say.ts';

const tag = 'Rollouts';
const because = z.strictObject({ reason: line(500) });

const startsAt = instant.refine((value) => value >= '2000' && value < '2101', {
  error: say('Use a year from 2000 to 2100.', 'Gunakan tahun 2000 sampai 2100.'),
});

/** An act on a rollout, of the path's last word. */
const act = {
  method: 'POST',
  tag,
  permission: 'fleet:write',
  params: idParams,
  status: 200,
  response: rolloutDetailSchema,
  errors: ['not_found', 'rollout_state'],
} as const;

export const rollouts = {
  listRollouts: endpoint({
    method: 'GET',
    path: '/api/rollouts',
    tag,
    summary: 'Rollouts, newest first',
    permission: 'fleet:read',
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(rolloutStates).optional(),
      version: line(100).optional(),
    }),
    status: 200,
    response: pageOf(rolloutSchema),
    errors: [],
  }),
  createRollout: endpoint({
    method: 'POST',
    path: '/api/rollouts',
    tag,
    summary:
      'Plan how a release reaches the fleet, best before it is published: from then on it is offered to nobody else',
    permission: 'fleet:write',
    body: z.strictObject({
      version: versionText,
      starts_at: startsAt.nullable().default(null),
      stages: z.array(stageInput).min(1).max(20),
    }),
    status: 201,
    response: rolloutDetailSchema,
    errors: ['rollout_open'],
  }),
  showRollout: endpoint({
    method: 'GET',
    path: '/api/rollouts/:id',
    tag,
    summary: 'A rollout: how far it is, and how those fare that it reached',
    permission: 'fleet:read',
    params: idParams,
    status: 200,
    response: rolloutDetailSchema,
    errors: ['not_found'],
  }),
  listRolloutMembers: endpoint({
    method: 'GET',
    path: '/api/rollouts/:id/members',
    tag,
    summary: 'Installations that a rollout reached',
    permission: 'fleet:read',
    params: idParams,
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(rolloutMemberStates).optional(),
      environment: line(200).optional(),
    }),
    status: 200,
    response: pageOf(rolloutMemberSchema),
    errors: ['not_found'],
  }),
  startRollout: endpoint({
    ...act,
    path: '/api/rollouts/:id/start',
    summary: 'Start a rollout now',
  }),
  advanceRollout: endpoint({
    ...act,
    path: '/api/rollouts/:id/advance',
    summary: 'Approve the stage that waits, or go on to the next one without waiting',
  }),
  haltRollout: endpoint({
    ...act,
    path: '/api/rollouts/:id/halt',
    summary: 'Halt a rollout: the release is held, and those who took it are offered the way back',
    body: because,
  }),
  resumeRollout: endpoint({
    ...act,
    path: '/api/rollouts/:id/resume',
    summary: 'Go on with a halted rollout; failures until now no longer count',
    body: because,
  }),
  undoRollout: endpoint({
    ...act,
    path: '/api/rollouts/:id/undo',
    summary: 'Undo a rollout for good: those who took the release are offered the one before',
    body: because,
  }),
};
