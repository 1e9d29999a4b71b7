import type { MessagingConfig } from '#kit/config.ts';
import { internationalNumber, oneLine } from '../rules.ts';
import { answered, byStatus, jsonIn, objectOf } from './answered.ts';
import type { Carrier, Outcome } from './carrier.ts';
import type { PostAnswer, Poster } from './post.ts';

/** Codes after which nothing of ours is taken for a while: rates, limits, the account (developers.facebook.com, error codes). */
const wholeAccount = new Set([0, 3, 4, 10, 190, 368, 80007, 130429, 131005, 131031, 131042, 131048, 133010]);
/** Codes after which this message may be taken later. */
const laterCodes = new Set([1, 2, 131000, 131016, 131056, 133004, 133005]);

/**
 * The official WhatsApp Cloud API alone: unofficial clients get the number banned. Who did not write to us within a day is
 * told by an approved template only, so everything is one.
 */
export function whatsappCarrier(poster: Poster, config: NonNullable<MessagingConfig['whatsapp']>): Carrier {
  const url = `${config.apiUrl}/${config.phoneNumberId}/messages`;
  return {
    concurrency: 10,
    carry: async ({ id, to, template }) => {
      const number = internationalNumber(to);
      if (number === undefined) return { kind: 'refused', reason: 'not a phone number' };
      if (template === undefined) return { kind: 'refused', reason: 'no template' };
      const body = JSON.stringify({
        messaging_product: 'whatsapp',
        to: number,
        type: 'template',
        biz_opaque_callback_data: id,
        template: {
          name: template.name,
          language: { code: template.language },
          components: [
            ...(template.parameters.length === 0
              ? []
              : [{ type: 'body', parameters: template.parameters.map(parameterOf) }]),
            ...(template.button === undefined
              ? []
              : [
                  { type: 'button', sub_type: 'url', index: '0', parameters: [parameterOf(template.button)] },
                ]),
          ],
        },
      });
      return answered(
        poster,
        { url, body, headers: { authorization: `Bearer ${config.accessToken}` }, targets: 'any' },
        judge,
      );
    },
    close: () => {},
  };
}

/** None may be empty, of several lines, or longer than what the whole text may be. */
const parameterOf = (text: string) => ({
  type: 'text',
  text: oneLine(text).slice(0, 900).toWellFormed() || '-',
});

function judge(answer: PostAnswer): Outcome {
  const { messages, error } = jsonIn(answer.text);
  if (answer.status === 200 && Array.isArray(messages) && messages.length > 0 && error === undefined)
    return { kind: 'sent' };
  const { code, message } = objectOf(error);
  const reason = `WhatsApp ${typeof code === 'number' ? code : answer.status}: ${typeof message === 'string' ? message.slice(0, 300) : 'no answer'}`;
  if (typeof code !== 'number') return byStatus(answer.status === 200 ? { ...answer, status: 502 } : answer);
  if (wholeAccount.has(code))
    return {
      kind: 'down',
      reason,
      ...(answer.retryAfter === undefined ? {} : { restSeconds: answer.retryAfter }),
    };
  if (laterCodes.has(code)) return { kind: 'later', reason };
  return answer.status >= 500 ? { kind: 'down', reason } : { kind: 'refused', reason };
}
