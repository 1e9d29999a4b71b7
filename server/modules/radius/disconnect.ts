import { inTransaction } from '#kit/db.ts';
import { AppError, type Language, type Message } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { type Ending, endSessions } from './end-session.ts';
import type { RadiusHooks } from './hooks.ts';
import { findOpenSession, openSessionsOf } from './session-queries.ts';

const words: Readonly<Record<Ending, Message>> = {
  gone: { en: 'The session has ended.', id: 'Sesi sudah berakhir.' },
  unverified: {
    en: 'The router said yes, but the session is still there. Look at the router.',
    id: 'Router menjawab ya, tetapi sesinya masih ada. Periksa routernya.',
  },
  refused: {
    en: 'The router refused to end the session.',
    id: 'Router menolak mengakhiri sesi.',
  },
  silent: {
    en: 'The router did not answer. Check "/radius incoming" (accept=yes), its port and the secret.',
    id: 'Router tidak menjawab. Periksa "/radius incoming" (accept=yes), port dan secret-nya.',
  },
  no_router: {
    en: 'The router of this session is not known here, or has no RADIUS secret.',
    id: 'Router sesi ini tidak dikenal di sini, atau belum punya secret RADIUS.',
  },
};

/** Ends a session for a person, and tells what came of it. @throws {AppError} not_found where it is not open */
export async function disconnectSession(
  kit: Kit,
  hooks: RadiusHooks,
  author: Author,
  id: number,
  language: Language,
): Promise<{ success: boolean; message: string }> {
  const session = await findOpenSession(kit.db, id);
  if (!session) throw new AppError('not_found');
  const ending = (await endSessions(kit, hooks, [session])).get(session.id) ?? 'no_router';
  await inTransaction(kit.db, (tx) =>
    recordChanges(tx, kit.clock, author, [
      {
        action: 'radius_session.disconnected',
        subjectType: 'subscription',
        subjectId: session.subscription_id,
        after: { username: session.username, router_id: session.router_id, outcome: ending },
      },
    ]),
  );
  return { success: ending === 'gone', message: words[ending][language] };
}

/** Ends all sessions of a subscription; says how many there were, and how many stay. */
export async function endSessionsOf(
  kit: Kit,
  hooks: RadiusHooks,
  subscriptionId: string,
): Promise<{ readonly ended: number; readonly left: number }> {
  const sessions = await openSessionsOf(kit.db, subscriptionId);
  if (sessions.length === 0) return { ended: 0, left: 0 };
  const endings = [...(await endSessions(kit, hooks, sessions)).values()];
  return { ended: sessions.length, left: endings.filter((ending) => ending !== 'gone').length };
}
