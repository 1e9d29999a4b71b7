import type { z } from 'zod';
import type {
  installationSchema,
  licenseDetailSchema,
  licensePlanSchema,
  licenseSchema,
  ownLicenseSchema,
} from '#contract';
import type { InstallationRow, ListedInstallation, MoveRow } from './installation-queries.ts';
import type { LicenseRow } from './license-queries.ts';
import type { RenewalRow } from './own-queries.ts';
import type { PlanRow } from './plan-queries.ts';
import { movesLeft, type Usage, usageOf } from './rules.ts';

type License = z.input<typeof licenseSchema>;
type Installation = z.input<typeof installationSchema>;

export function presentPlan({
  package_id: _,
  package_name: name,
  ...row
}: PlanRow): z.input<typeof licensePlanSchema> {
  return { ...row, package: { id: row.id, name } };
}

const common = (row: LicenseRow) => ({
  id: row.id,
  subscription_id: row.subscription_id,
  key_hint: row.key_hint,
  status: row.status,
  valid_until: row.valid_until,
  features: row.features,
  limits: row.limits,
  max_nodes: row.max_nodes,
  nodes: row.nodes,
});

export function presentLicense(row: LicenseRow): License {
  return {
    ...common(row),
    customer: row.customer,
    package: { id: row.package_id, name: row.package_name },
    status_reason: row.status_reason,
    own_features: row.own_features,
    own_limits: row.own_limits,
    own_max_nodes: row.own_max_nodes,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

const shown = (row: InstallationRow) => ({
  id: row.id,
  agent_code: row.agent_code,
  state: row.state,
  hostname: row.hostname,
  app_version: row.app_version,
  usage: row.usage,
  paired_at: row.paired_at,
  last_heartbeat_at: row.last_heartbeat_at,
  ended_at: row.ended_at,
});

function presentOwnInstallation(row: InstallationRow): Omit<Installation, 'customer'> {
  return {
    ...shown(row),
    license_id: row.license_id,
    install_id: row.install_id,
    fingerprint: row.fingerprint,
    owner: row.owner,
    property: row.property,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

export function presentInstallation(row: ListedInstallation): Installation {
  return { ...presentOwnInstallation(row), customer: row.customer };
}

/** What belongs to a license beside its row. */
export interface Belongings {
  readonly installations: readonly InstallationRow[];
  readonly moves: readonly MoveRow[];
  readonly now: Temporal.Instant;
}

/** How many moves are left of a license. */
export function presentMoves(
  { free_moves: free, extra_moves: granted }: LicenseRow,
  moves: readonly MoveRow[],
  now: Temporal.Instant,
) {
  const left = movesLeft(moves, { free, granted, now });
  return {
    moves_used: left.used,
    moves_left: left.freeLeft + left.grantedLeft,
    next_free_at: left.nextFreeAt,
  };
}

/** Of several nodes, which tell of the same things, the one that has most counts. */
function usedOf({ limits }: LicenseRow, installations: readonly InstallationRow[]): Usage[] {
  const most = new Map<string, number>();
  for (const { state, usage } of installations)
    if (state === 'paired' || state === 'ready')
      for (const [name, used] of Object.entries(usage)) most.set(name, Math.max(used, most.get(name) ?? 0));
  return usageOf(limits, Object.fromEntries(most));
}

export function presentLicenseDetail(
  row: LicenseRow,
  { installations, moves, now }: Belongings,
): z.input<typeof licenseDetailSchema> {
  return {
    ...presentLicense(row),
    ...presentMoves(row, moves, now),
    usage: usedOf(row, installations),
    installations: installations.map(presentOwnInstallation),
    moves: moves.map(({ license_id: _, ...move }) => move),
  };
}

export function presentOwnLicense(
  row: LicenseRow,
  { installations, moves, now, renewal }: Belongings & { readonly renewal: RenewalRow | undefined },
): z.input<typeof ownLicenseSchema> {
  return {
    ...common(row),
    plan: row.package_name,
    ...presentMoves(row, moves, now),
    usage: usedOf(row, installations),
    renewal: renewal ?? null,
    installations: installations.map(shown),
  };
}
