import type { z } from 'zod';
import type {
  directivesSchema,
  fleetInstallationSchema,
  fleetReportSchema,
  rolloutDetailSchema,
  rolloutMemberSchema,
  rolloutSchema,
} from '#contract';
import type { DirectivesRow, InstallationRow } from './installation-queries.ts';
import type { ReportRow } from './report-queries.ts';
import type { MemberRow, RolloutRow } from './rollout-queries.ts';
import type { Health } from './rollout-rules.ts';
import { lifeState, seemsCloned } from './rules.ts';

type Installation = z.input<typeof fleetInstallationSchema>;
type Rollout = z.input<typeof rolloutSchema>;
type Member = z.input<typeof rolloutMemberSchema>;

const milliseconds = (instant: string | null) =>
  instant === null ? undefined : Temporal.Instant.from(instant).epochMilliseconds;

export function presentDirectives(row: DirectivesRow, awaits: boolean): z.input<typeof directivesSchema> {
  // From JSON of the database, which writes instants otherwise.
  const at = Temporal.Instant.from(row.updated_at).toString({ fractionalSecondDigits: 3 });
  return { ...row, awaits_signature: awaits, updated_at: at };
}

/** `now` in milliseconds; `unsigned`: those of which a directive waits for the director. */
export function presentInstallation(
  now: number,
  unsigned: ReadonlySet<string>,
): (row: InstallationRow) => Installation {
  return ({
    previous_info: previous,
    flips,
    flipped_at: flippedAt,
    directives,
    cohorts,
    failed_versions: failed,
    ...row
  }) => {
    const signs = [milliseconds(row.last_heartbeat_at), milliseconds(row.last_check_at)].filter(
      (sign) => sign !== undefined,
    );
    const cloned = seemsCloned(flips, milliseconds(flippedAt), now);
    return {
      ...row,
      cohorts: [...cohorts],
      failed_versions: [...failed],
      channel: row.channel as Installation['channel'], // The column's check allows just the contract's values.
      state: lifeState(signs.length === 0 ? undefined : Math.max(...signs), now),
      seems_cloned: cloned,
      other_info: cloned ? previous : null,
      directives: directives === null ? null : presentDirectives(directives, unsigned.has(row.id)),
    };
  };
}

export function presentReport(row: ReportRow): z.input<typeof fleetReportSchema> {
  return { ...row, status: row.status as z.input<typeof fleetReportSchema>['status'] }; // As the column's check has it.
}

export function presentRollout(row: RolloutRow): Rollout {
  return {
    ...row,
    stages: [...row.stages].map((stage) => ({ ...stage, cohorts: [...stage.cohorts] })),
    state: row.state as Rollout['state'],
  }; // As above.
}

export function presentRolloutDetail(
  row: RolloutRow,
  members: Readonly<Record<string, number>>,
  health: readonly Health[],
): z.input<typeof rolloutDetailSchema> {
  return { ...presentRollout(row), members, health: [...health] };
}

export function presentMember(row: MemberRow): Member {
  return { ...row, state: row.state as Member['state'] }; // As above.
}
