import { answered, byStatus, jsonIn, objectOf } from './answered.ts';
import type { Carrier, Outcome } from './carrier.ts';
import type { PostAnswer, Poster } from './post.ts';

/** What Telegram takes of a text (core.telegram.org/bots/api#sendmessage). */
const longest = 4096;

/**
 * Telegram's Bot API. The text is sent without a parse mode, so nothing in it is ever read as formatting. It tells of trouble
 * in the body, whatever the status.
 */
export function telegramCarrier(poster: Poster, apiUrl: string, botToken: string): Carrier {
  return {
    concurrency: 1,
    carry: ({ to, subject, body }) =>
      answered(
        poster,
        {
          url: `${apiUrl}/bot${encodeURIComponent(botToken)}/sendMessage`,
          body: JSON.stringify({
            chat_id: to,
            text: shortened([subject, body].filter((part) => part !== '').join('\n\n')),
            link_preview_options: { is_disabled: true },
          }),
          targets: 'any',
        },
        judge,
      ),
    close: () => {},
  };
}

function judge(answer: PostAnswer): Outcome {
  const { ok, error_code: code, description, parameters } = jsonIn(answer.text);
  if (ok === true && answer.status === 200) return { kind: 'sent' };
  const after = Number(objectOf(parameters).retry_after);
  const told = Number.isInteger(code) ? Number(code) : answer.status;
  // 200 with something that is no answer of Telegram's comes from somebody in between.
  const status = told === 200 ? 502 : told;
  const outcome = byStatus(
    { ...answer, status, retryAfter: Number.isFinite(after) ? after : answer.retryAfter },
    typeof description === 'string' ? description : '',
  );
  // 403: the chat has blocked the bot. Others may still be told, but this lane is of this chat alone.
  return outcome;
}

/** Cut between characters, never within one. */
function shortened(text: string): string {
  return text.length <= longest
    ? text
    : `${text
        .slice(0, longest - 2)
        .toWellFormed()
        .replace(/\uFFFD$/, '')} …`;
}
