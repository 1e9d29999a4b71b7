/** Pure: which of the notices that wait for a setting are told now, and which are not worth telling. */

export interface Notice {
  readonly id: string;
  readonly event: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly title: string | null;
  readonly message: string | null;
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly subject: string | null;
  readonly parent: string | null;
  /** RFC 3339. */
  readonly created_at: string;
}

/** What a setting was told of a subject. */
export interface Told {
  readonly event: string;
  /** How often within {@link flapMinutes}. */
  readonly recently: number;
}

export interface Standing {
  /** Of what others stand behind: the event of its newest alert, when that was (seconds since 1970), and what it stands behind itself. */
  readonly subjects: ReadonlyMap<
    string,
    { readonly event: string; readonly at: number; readonly parent: string | null }
  >;
  readonly told: ReadonlyMap<string, Told>;
}

export interface Pace {
  /** Seconds since 1970. */
  readonly now: number;
  readonly digestSeconds: number;
  readonly quiet: boolean;
  /** How many messages the setting may still get in this hour. */
  readonly left: number;
}

export interface Digest {
  /** Oldest first; empty where nothing is told now. */
  readonly tell: readonly Notice[];
  /** Of those told, how many stand behind each subject and are not told by themselves. */
  readonly behind: ReadonlyMap<string, number>;
  readonly leaveOut: readonly Notice[];
}

/** Minutes in which a subject is told of three times at most; then it is waited for what becomes of it. */
export const flapMinutes = 30;
const mostInFlap = 3;
const criticalSeconds = 10;
/** What stands behind something waits so long: either may be found to be down, or come back, a moment later. */
const comeBackSeconds = 120;
const deepest = 20;

const isDown = (event: string | undefined) => event === 'device_down';
const secondsOf = ({ created_at: at }: Notice) => Temporal.Instant.from(at).epochMilliseconds / 1000;

/**
 * Of each subject only the newest notice counts, and only if it is news: what came back before anybody heard that it was gone is
 * not. What stands behind something that is down waits for it, and is only counted. What changes all the time is told three
 * times in half an hour. What is left is told together, once the oldest of it is old enough.
 */
export function digestOf(notices: readonly Notice[], { subjects, told }: Standing, pace: Pace): Digest {
  const newest = new Map<string, Notice>();
  const leaveOut: Notice[] = [];
  const loose: Notice[] = [];
  for (const notice of notices) {
    if (notice.subject === null) loose.push(notice);
    else {
      const older = newest.get(notice.subject);
      if (older !== undefined) leaveOut.push(older);
      newest.set(notice.subject, notice);
    }
  }
  const behind = new Map<string, number>();
  const ready: Notice[] = [...loose];
  for (const [subject, notice] of newest) {
    const before = told.get(subject);
    if (before === undefined ? notice.event === 'device_up' : before.event === notice.event) {
      leaveOut.push(notice);
      continue;
    }
    const cause = downBefore(notice, subjects);
    if (isDown(notice.event) && cause !== undefined) {
      behind.set(cause, (behind.get(cause) ?? 0) + 1);
      continue;
    }
    if ((before?.recently ?? 0) >= mostInFlap || mayComeBack(notice, subjects, pace.now)) continue;
    ready.push(notice);
  }
  ready.sort((one, other) => secondsOf(one) - secondsOf(other));
  const tellable = pace.quiet ? ready.filter(({ severity }) => severity === 'critical') : ready;
  const isDue = tellable.some((notice) => {
    const age = pace.now - secondsOf(notice);
    return (
      age >= pace.digestSeconds ||
      (notice.severity === 'critical' && age >= Math.min(criticalSeconds, pace.digestSeconds))
    );
  });
  return { tell: isDue && pace.left > 0 ? tellable : [], behind, leaveOut };
}

/** The first thing on the way that is down, if any: what it stands behind, or what that stands behind. */
function downBefore(notice: Notice, subjects: Standing['subjects']): string | undefined {
  let next = notice.parent;
  let found: string | undefined;
  // A loop of parents ends, too.
  for (let depth = 0; next !== null && depth < deepest; depth += 1) {
    const state = subjects.get(next);
    if (isDown(state?.event)) found = next;
    next = state?.parent ?? null;
  }
  return found;
}

/** Whether it may yet turn out that something before it is down, or it may come back with what did. */
function mayComeBack(notice: Notice, subjects: Standing['subjects'], now: number): boolean {
  if (!isDown(notice.event) || notice.parent === null) return false;
  const before = subjects.get(notice.parent);
  const since = Math.max(secondsOf(notice), before?.event === 'device_up' ? before.at : 0);
  return now - since < comeBackSeconds;
}
