// When a rollout goes on, and when it stops: by the health of those it reached, and nothing else.

export interface Stage {
  readonly name: string;
  /** So many, the first from each environment in turn; or a share of each environment. */
  readonly count?: number | undefined;
  readonly percent?: number | undefined;
  /** Only who is in one of them; all where there is none. */
  readonly cohorts: readonly string[];
  /** Local hours in which it is offered. */
  readonly window_from: string | null;
  readonly window_until: string | null;
  /** Minutes of heartbeats with the new version after which a member is healthy. */
  readonly soak_minutes: number;
  readonly needs_approval: boolean;
  /** Percent of those reached that must be judged before the next stage. */
  readonly least_judged: number;
  /** Percent of those reached that may fail. */
  readonly most_failed: number;
}

/** How many of an environment were reached, how many of those run the release and are watched, and how those fare that were judged. */
export interface Health {
  readonly environment: string;
  readonly reached: number;
  readonly updated: number;
  readonly healthy: number;
  readonly failed: number;
}

export type Verdict =
  | { readonly kind: 'wait' | 'advance' }
  | { readonly kind: 'halt'; readonly failed: number; readonly tried: number; readonly environment?: string };

/** So unlikely must failures be by chance alone. The rollout is looked at again and again, so it is little. */
const chance = 1e-4;
/** Of an environment, a failure rate below this share of what the stage allows is taken for none. */
const noise = 0.25;

/**
 * Judges a stage by those that it and the stages before it reached. It halts where more failed than the stage allows of all it
 * reached; where so many of those who tried failed that they cannot be within what it allows; and where failures gather in one
 * environment, far above the rate of all others. A failure is told at once and health only after the soak, so who is still watched counts
 * as having tried, or the first failures would seem to be all there is.
 */
export function judge(stage: Stage, ofEnvironments: readonly Health[]): Verdict {
  const sum = (pick: (health: Health) => number) =>
    ofEnvironments.reduce((total, each) => total + pick(each), 0);
  const triedOf = ({ updated, healthy, failed }: Health) => updated + healthy + failed;
  const failed = sum((each) => each.failed);
  const tried = sum(triedOf);
  const reached = sum((each) => each.reached);
  const allowed = stage.most_failed / 100;
  if (failed > allowed * reached || isAbove(failed, tried, allowed)) return { kind: 'halt', failed, tried };
  for (const each of ofEnvironments) {
    const here = triedOf(each);
    const others = tried - here;
    const rate = Math.max((failed - each.failed + 0.5) / (others + 1), allowed * noise);
    // One environment alone has nothing to be compared with.
    if (others > 0 && isAbove(each.failed, here, Math.min(rate, allowed)))
      return { kind: 'halt', failed: each.failed, tried: here, environment: each.environment };
  }
  const judged = failed + sum((each) => each.healthy);
  const isOver = reached > 0 && judged >= (stage.least_judged / 100) * reached;
  return { kind: isOver ? 'advance' : 'wait' };
}

/** Whether so many of so many are too many for the rate: at least two, and hardly by chance. */
function isAbove(failed: number, tried: number, rate: number): boolean {
  return failed >= 2 && tail(failed, tried, rate) < chance;
}

/** The chance of `least` or more of `count` at this rate (binomial). */
export function tail(least: number, count: number, rate: number): number {
  if (least <= 0) return 1;
  if (least > count || rate <= 0) return 0;
  if (rate >= 1) return 1;
  if (least <= count * rate) return 1 - below(least, count, rate);
  let term = Math.exp(logChoose(count, least) + least * Math.log(rate) + (count - least) * Math.log1p(-rate));
  let total = 0;
  for (let k = least; k <= count && term > 1e-18 * (total + 1e-300); k += 1) {
    total += term;
    term *= ((count - k) / (k + 1)) * (rate / (1 - rate));
  }
  return Math.min(1, total);
}

/** The chance of fewer than `least`. */
function below(least: number, count: number, rate: number): number {
  let total = 0;
  for (let k = 0; k < least; k += 1)
    total += Math.exp(logChoose(count, k) + k * Math.log(rate) + (count - k) * Math.log1p(-rate));
  return Math.min(1, total);
}

function logChoose(count: number, k: number): number {
  return logFactorial(count) - logFactorial(k) - logFactorial(count - k);
}

/** Exact for small numbers, by Stirling's series above. */
function logFactorial(n: number): number {
  if (n < 20) {
    let product = 1;
    for (let k = 2; k <= n; k += 1) product *= k;
    return Math.log(product);
  }
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3);
}

/** At least so many of an environment are reached by a share, so that what breaks there is seen early, but no more than a tenth of it. */
export const leastOfEnvironment = 20;

/** How many of an environment of that size a stage of that percentage reaches. */
export function shareOf(size: number, percent: number): number {
  const share = Math.ceil((size * percent) / 100 - 1e-9);
  return Math.min(size, Math.max(share, Math.min(leastOfEnvironment, Math.ceil(size / 10))));
}
