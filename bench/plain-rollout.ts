// The rollout that `bench rollout` is compared with: the same stages, waits and limits, by lots alone, looking at nothing but reports.

export interface Installation {
  readonly id: string;
  readonly code: string;
  /** Its place in the fleet, from zero. */
  readonly n: number;
  readonly environment: string;
  readonly lot: number;
  /** At which of the steps between two checks it asks. */
  readonly phase: number;
  readonly fate: 'works' | 'breaks' | 'fails';
}

export interface Stage {
  readonly name: string;
  readonly count?: number;
  readonly percent?: number;
  readonly soak_minutes: number;
  readonly least_judged: number;
  readonly most_failed: number;
}

interface Pace {
  readonly stepMinutes: number;
  readonly checkSteps: number;
  readonly longestSteps: number;
}

/** How many a release hurts until the rollout halts or ends. Of those it breaks every other falls silent, which nobody notices. */
export function plainHurt(
  fleet: readonly Installation[],
  stages: readonly Stage[],
  { stepMinutes, checkSteps, longestSteps }: Pace,
): { hurt: number; end: string } {
  const byLot = [...fleet].sort((one, other) => one.lot - other.lot);
  const soakSteps = (stage: Stage) => Math.ceil(stage.soak_minutes / stepMinutes);
  const healthyAt: number[] = [];
  const updated = new Set<Installation>();
  let [hurt, failed, index] = [0, 0, 0];
  for (let step = 0; step < longestSteps; step += 1) {
    const stage = stages[index];
    if (stage === undefined) return { hurt, end: 'done' };
    const reached = stage.count ?? Math.ceil((fleet.length * (stage.percent ?? 100)) / 100);
    for (const each of byLot.slice(0, reached)) {
      if (updated.has(each) || step % checkSteps !== each.phase) continue;
      updated.add(each);
      if (each.fate === 'breaks') hurt += 1;
      if (each.fate === 'works') healthyAt.push(step + soakSteps(stage));
      else if (each.fate === 'fails' || each.n % 2 === 1) failed += 1;
    }
    if (failed > (stage.most_failed / 100) * reached) return { hurt, end: `halted in stage "${stage.name}"` };
    const healthy = healthyAt.filter((at) => at <= step).length;
    if (healthy + failed >= (stage.least_judged / 100) * reached) index += 1;
  }
  return { hurt, end: 'still running' };
}
