import type { z } from 'zod';
import type { onlineSessionSchema, routerOnlineSchema, usageDaySchema } from '#contract';
import type { UsageRow } from './day-queries.ts';
import type { OnlineRow, RouterOnlineRow } from './session-queries.ts';

export function presentUsage({
  day,
  bytes_in: sent,
  bytes_out: received,
}: UsageRow): z.input<typeof usageDaySchema> {
  return { day, bytes_in: Number(sent), bytes_out: Number(received) };
}

export function presentOnline({
  created_at: startedAt,
  bytes_in: sent,
  bytes_out: received,
  ...row
}: OnlineRow): z.input<typeof onlineSessionSchema> {
  return { ...row, started_at: startedAt, bytes_in: Number(sent), bytes_out: Number(received) };
}

type RouterOnline = z.input<typeof routerOnlineSchema>;

/** The accounting of RADIUS is told by the router, so it needs no look at it; who came in by RADIUS counts on any router. */
export function presentRouterOnline(row: RouterOnlineRow): RouterOnline {
  const { id, name, use_radius: asks, polled, accounted, error_en: en, error_id: localised } = row;
  const state = stateOf(row);
  const isKnown = state === 'ok';
  return {
    router_id: id,
    name,
    source: asks ? 'radius' : 'router',
    state,
    online: isKnown ? accounted + (asks ? 0 : polled) : null,
    seen_at: asks ? row.accounted_at : row.polled_at,
    error: isKnown || en === null || localised === null ? null : { en, id: localised },
  };
}

function stateOf({
  is_active: isActive,
  use_radius: asks,
  state,
  tells,
}: RouterOnlineRow): RouterOnline['state'] {
  if (!isActive) return 'inactive';
  if (asks || tells) return 'ok';
  return state === 'unreachable' || state === 'refused' ? state : 'waiting';
}
