import { inTransaction } from '#kit/db.ts';
import { AppError, type Language, type Message } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { endSessionsOn, findRouter, routerTrouble, withRouter } from '../routers/index.ts';
import type { UsageHooks } from './hooks.ts';
import { findLine, type Line } from './session-queries.ts';

interface Outcome {
  readonly ended: number;
  readonly left: number;
  /** Why the router could not be asked. */
  readonly trouble?: Message;
}

/**
 * Ends whatever sessions a subscription has, those that RADIUS let in and those that the router did by itself, and tells what
 * came of it. @throws {AppError} not_found
 */
export async function disconnectSubscription(
  kit: Kit,
  hooks: UsageHooks,
  author: Author,
  id: string,
  language: Language,
): Promise<{ success: boolean; message: string }> {
  const line = await findLine(kit.db, id);
  if (!line) throw new AppError('not_found');
  const outcome = await endAll(kit, hooks, id, line);
  const { ended, left } = outcome;
  if (ended > 0) {
    await inTransaction(kit.db, (tx) =>
      recordChanges(tx, kit.clock, author, [
        {
          action: 'subscription.disconnected',
          subjectType: 'subscription',
          subjectId: id,
          after: { username: line.username, router_id: line.router_id, sessions: ended, left },
        },
      ]),
    );
  }
  return { success: ended > 0 && left === 0, message: wordsOf(line, outcome)[language] };
}

/** What the accounting does not know is with the router; it is also asked where RADIUS could not end a session. */
async function endAll(kit: Kit, hooks: UsageHooks, id: string, line: Line): Promise<Outcome> {
  const accounted = await hooks.endAccounted(id);
  // Who was ended may have dialled again, and is left alone then.
  if (accounted.ended > 0 && accounted.left === 0) return accounted;
  const direct = await endByApi(kit, line);
  const ended = accounted.ended + direct.ended;
  return direct.trouble === undefined
    ? { ended, left: direct.left }
    : { ...accounted, trouble: direct.trouble };
}

async function endByApi(kit: Kit, { kind, username, router_id: id }: Line): Promise<Outcome> {
  const router = id === null ? undefined : await findRouter(kit.db, id);
  if (kind === 'static' || username === null || router === undefined) return { ended: 0, left: 0 };
  if (!router.is_active) return { ended: 0, left: 0, trouble: switchedOff };
  try {
    return await withRouter(kit, router, (on) => endSessionsOn(on, username, [kind]));
  } catch (error) {
    return { ended: 0, left: 0, trouble: routerTrouble(error) };
  }
}

const switchedOff: Message = {
  en: 'The router of this customer is switched off in its settings.',
  id: 'Router pelanggan ini dinonaktifkan di pengaturannya.',
};

function wordsOf({ kind }: Line, { ended, left, trouble }: Outcome): Message {
  if (ended > 0 && left === 0) return { en: 'The session has ended.', id: 'Sesi sudah berakhir.' };
  if (left > 0) {
    return {
      en: 'The router took the order, but the session is still there. Try again.',
      id: 'Router menerima perintah, tetapi sesinya masih ada. Coba lagi.',
    };
  }
  if (trouble !== undefined) return trouble;
  return kind === 'static'
    ? {
        en: 'A static address has no session that could be ended. Suspend the subscription to block it.',
        id: 'Alamat statis tidak punya sesi untuk diputus. Tangguhkan langganannya untuk memblokir.',
      }
    : { en: 'This customer is not connected.', id: 'Pelanggan ini tidak sedang terhubung.' };
}
