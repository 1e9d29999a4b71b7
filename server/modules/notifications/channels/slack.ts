import { answered, byStatus } from './answered.ts';
import type { Carrier } from './carrier.ts';
import type { Poster } from './post.ts';

/** A part of a message that Slack reads as a mention, a channel or a link begins with `<` (api.slack.com/reference/surfaces/formatting). */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An incoming webhook of Slack, or of what understands the same. */
export function slackCarrier(poster: Poster, targets: 'private' | 'public'): Carrier {
  return {
    concurrency: 1,
    carry: ({ to, subject, body }) =>
      answered(
        poster,
        {
          url: to,
          body: JSON.stringify({
            text: escaped(`${subject}\n${body}`.trim()).slice(0, 30_000),
            mrkdwn: false,
          }),
          targets,
        },
        (answer) =>
          answer.status === 200 && answer.text.trim() !== 'ok'
            ? { kind: 'refused', reason: 'HTTP 200, but not "ok"' }
            : byStatus(answer, answer.text),
      ),
    close: () => {},
  };
}
