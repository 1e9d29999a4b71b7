import { createHmac } from 'node:crypto';
import { answered, byStatus } from './answered.ts';
import type { Carrier } from './carrier.ts';
import type { Poster } from './post.ts';

export interface WebhookOptions {
  /** What the signature is made with; none is sent without it. */
  readonly secret: string | undefined;
  readonly targets: 'private' | 'public';
  /** Seconds since 1970, for the signature. */
  readonly seconds: () => number;
}

/**
 * Posts `{ id, event, created_at, title, message, data }`. `Nadi-Signature: t=<seconds>,v1=<hex>` is HMAC-SHA256 of
 * `<seconds>.<body>` with the setting's secret; `Nadi-Message-Id` is the same for the same message, however often it comes.
 */
export function webhookCarrier(poster: Poster, { secret, targets, seconds }: WebhookOptions): Carrier {
  return {
    concurrency: 2,
    carry: ({ id, event, createdAt, to, subject, body: message, data }) => {
      const body = JSON.stringify({
        id,
        event,
        created_at: createdAt,
        title: subject,
        message,
        data: data ?? null,
      });
      const at = seconds();
      return answered(
        poster,
        {
          url: to,
          body,
          headers: {
            'nadi-message-id': id,
            'nadi-event': event,
            ...(secret === undefined
              ? {}
              : { 'nadi-signature': `t=${at},v1=${signatureOf(secret, at, body)}` }),
          },
          targets,
        },
        (answer) => byStatus(answer),
      );
    },
    close: () => {},
  };
}

const signatureOf = (secret: string, at: number, body: string): string =>
  createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
