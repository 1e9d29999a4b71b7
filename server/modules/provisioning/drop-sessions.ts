import { type Commander, print, RouterError, type Row, runAll } from '#routeros';
import { ownerOf, readWhere } from '../routers/index.ts';
import type { Actual } from './actual.ts';
import type { ProfileKind } from './entries.ts';
import type { IntentPlan } from './plan.ts';

const sessions = {
  pppoe: { menu: '/ppp/active', name: 'name' },
  hotspot: { menu: '/ip/hotspot/active', name: 'user' },
} as const;

/** Looks again so often before a session that was ended counts as staying. */
const looks = 4;
const fewest = 200;

/** A plan whose customer may have to leave the network, with whether all sessions go or only those from before. */
interface Leaver {
  readonly plan: IntentPlan;
  readonly names: readonly string[];
  readonly forGood: boolean;
}

/**
 * Ends the sessions of those who have no access any more, and of those who must come back to what their entry is now; then looks
 * that they are gone (an answer is not proof, field.md 12). Gives the ids of those whose session stays. @throws {RouterosError}
 */
export async function dropSessions(
  on: Commander,
  plans: readonly IntentPlan[],
  actual: Actual,
): Promise<ReadonlySet<string>> {
  const stayed = new Set<string>();
  for (const kind of ['pppoe', 'hotspot'] as const) {
    const leavers = plans.flatMap((plan) => leaverOf(plan, kind, actual) ?? []);
    if (leavers.length > 0) for (const id of await dropOf(on, kind, leavers)) stayed.add(id);
  }
  return stayed;
}

function leaverOf(plan: IntentPlan, kind: ProfileKind, actual: Actual): Leaver | undefined {
  const { wanted, entry, endsSession } = plan;
  const { applied_kind: applied, applied_name: before, state, must_drop: mustDrop } = wanted;
  const isHere = entry?.kind === kind;
  const forGood = !isHere || state === 'off';
  // What was never written anywhere else left no session there: one of this name is somebody else's.
  const elsewhere = applied ?? (state === 'absent' ? 'pppoe' : undefined);
  if (!isHere && elsewhere !== kind) return undefined;
  if (!forGood && !mustDrop && !endsSession) return undefined;
  // What was read is from before the pass: his own entry is among it, if there was one.
  const isOthers = (name: string) => {
    const row = actual.entries[kind].named(name);
    return row !== undefined && ownerOf(row.comment) !== wanted.subscription_id;
  };
  const names = [...new Set([before, isHere ? entry.name : wanted.username])].flatMap((name) =>
    name === null || (!isHere && isOthers(name)) ? [] : [name],
  );
  return names.length === 0 ? undefined : { plan, names, forGood };
}

async function dropOf(
  on: Commander,
  kind: ProfileKind,
  leavers: readonly Leaver[],
): Promise<readonly string[]> {
  const { menu, name } = sessions[kind];
  const asked = leavers.flatMap(({ names }) => names);
  const read = async () => {
    const rows =
      asked.length > fewest
        ? await print(on, menu, { fields: ['.id', name] })
        : await readWhere(
            on,
            menu,
            ['.id', name],
            asked.map((one) => [name, one]),
          );
    return byName(rows, name);
  };
  let running = await read();
  const old = new Set<string>();
  for (const leaver of leavers) for (const id of idsOf(leaver, running)) old.add(id);
  if (old.size === 0) return [];
  const stays = (leaver: Leaver) => idsOf(leaver, running).some((id) => leaver.forGood || old.has(id));
  for (let look = 0; look < looks && leavers.some(stays); look += 1) {
    const ids = leavers
      .filter(stays)
      .flatMap((leaver) => idsOf(leaver, running).filter((id) => leaver.forGood || old.has(id)));
    const commands = ids.map((id) => ({ path: `${menu}/remove`, attributes: { '.id': id } }));
    for await (const outcome of runAll(on, commands)) {
      // One that ended by itself is gone as well.
      if (!outcome.ok && !(outcome.error instanceof RouterError)) throw outcome.error;
    }
    running = await read();
  }
  return leavers.filter(stays).map(({ plan }) => plan.wanted.subscription_id);
}

function byName(rows: readonly Row[], property: string): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>();
  for (const row of rows) {
    const name = row[property] ?? '';
    ids.set(name, [...(ids.get(name) ?? []), row['.id'] ?? '']);
  }
  return ids;
}

const idsOf = ({ names }: Leaver, running: ReadonlyMap<string, readonly string[]>) =>
  names.flatMap((name) => running.get(name) ?? []);
