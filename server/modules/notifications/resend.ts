import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { wakeLanes } from './jobs.ts';
import { type DeadFilter, findMessage, revive } from './message-queries.ts';
import type { MessageRow } from './outbox-queries.ts';

const notDead = {
  en: 'Only a message that could not be sent is sent again, and never a code.',
  id: 'Hanya pesan yang gagal terkirim yang dapat dikirim ulang, dan tidak pernah kode masuk.',
};

/** @throws {AppError} not_found; conflict unless it is dead, and is no code */
export async function resendOne(kit: Kit, author: Author, id: string): Promise<MessageRow> {
  if (!(await findMessage(kit.db, id))) throw new AppError('not_found');
  const [row] = await resend(kit, author, { id });
  if (!row) throw new AppError('conflict', { message: notDead });
  return row;
}

/** Has dead messages tried again; how many. */
export async function resendMany(
  kit: Kit,
  author: Author,
  { days, ...filter }: Omit<DeadFilter, 'id' | 'since'> & { readonly days?: number | undefined },
): Promise<number> {
  const since = days === undefined ? undefined : instantText(kit.clock.now().subtract({ hours: days * 24 }));
  return (await resend(kit, author, { ...filter, since })).length;
}

function resend(kit: Kit, author: Author, filter: DeadFilter): Promise<MessageRow[]> {
  return inTransaction(kit.db, async (tx) => {
    const rows = await revive(tx, filter, instantText(kit.clock.now()));
    await wakeLanes(tx, [...new Set(rows.map(({ lane }) => lane))]);
    await recordChanges(
      tx,
      kit.clock,
      author,
      rows.length === 0
        ? []
        : [
            {
              action: 'notification_message.resent',
              subjectType: 'notification_message',
              subjectId: filter.id ?? null,
              after: { ...filter, messages: rows.length },
            },
          ],
    );
    return rows;
  });
}
