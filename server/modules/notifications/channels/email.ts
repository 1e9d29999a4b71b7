import type { MailConfig } from '#kit/config.ts';
import { openMailer } from '#kit/mail.ts';
import { oneLine } from '../rules.ts';
import type { Carrier, Outcome } from './carrier.ts';

const connections = 5;
const limitMs = 30_000;

/** One address and nothing else: a list would tell others, too. */
const oneAddress = /^[^\s,;:<>()[\]"@]+@[^\s,;:<>()[\]"@]+$/;
const notAnAddress: Outcome = { kind: 'refused', reason: 'not an e-mail address' };

/** Mail as plain text, each with a Message-ID that stays the same. */
export function emailCarrier(config: MailConfig): Carrier {
  const mailer = openMailer(config, connections);
  const domain = config.from.address.split('@')[1] ?? 'localhost';
  return {
    concurrency: connections,
    async carry({ id, to, subject, body }) {
      if (!oneAddress.test(to)) return notAnAddress;
      const late = Promise.withResolvers<never>();
      const timer = setTimeout(() => late.reject(new Error('late')), limitMs);
      try {
        const mail = { to, subject: oneLine(subject), text: body, messageId: `<${id}@${domain}>` };
        await Promise.race([mailer.send(mail), late.promise]);
        return { kind: 'sent' };
      } catch (error) {
        return outcomeOf(error);
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => mailer.close(),
  };
}

/** What an SMTP server says of a recipient is about that one; anything else is about the server (RFC 5321 §4.2). */
function outcomeOf(error: unknown): Outcome {
  const { code, responseCode, command } = errorFacts(error);
  // Addresses that no server could take are refused before any server is asked.
  if (responseCode === undefined && (code === 'EENVELOPE' || code === 'EMESSAGE')) return notAnAddress;
  const reason = responseCode === undefined ? (code ?? 'no answer') : `SMTP ${responseCode}`;
  const isOfMessage = command === 'RCPT TO' || command === 'DATA';
  if (responseCode === undefined || responseCode === 421 || !isOfMessage) return { kind: 'down', reason };
  return { kind: responseCode >= 500 ? 'refused' : 'later', reason };
}

function errorFacts(error: unknown): { code?: string; responseCode?: number; command?: string } {
  if (!(error instanceof Error)) return {};
  const value = (key: string) => (key in error ? Reflect.get(error, key) : undefined);
  const [code, responseCode, command] = [value('code'), value('responseCode'), value('command')];
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof responseCode === 'number' ? { responseCode } : {}),
    ...(typeof command === 'string' ? { command } : {}),
  };
}
