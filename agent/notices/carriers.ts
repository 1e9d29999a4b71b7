import { createHmac } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { Clock } from '../clock.ts';
import type { MailServer, Notices } from '../config/notices-settings.ts';
import type { Carry, Letter, Sent } from './letter.ts';
import { post } from './post.ts';

/** The ways that are set up, by their names. */
export function carriersOf(
  { email, slack, webhook }: Notices,
  clock: Clock,
): Readonly<Record<string, Carry>> {
  return {
    ...(email === undefined ? {} : { email: mail(email.server, email.to) }),
    ...(slack === undefined ? {} : { slack: toSlack(slack.url) }),
    ...(webhook === undefined ? {} : { webhook: toWebhook(webhook, clock) }),
  };
}

const mailMs = 15_000;
/** Of the whole conversation: a server that trickles its replies is cut, too. */
const wholeMailMs = 30_000;

function mail({ host, port, encryption, user, password, from }: MailServer, to: readonly string[]): Carry {
  return async (letter, signal) => {
    const transport = createTransport({
      // Only the pool ends a conversation at a signal.
      pool: true,
      maxConnections: 1,
      // What was taken though nobody said so would come again at once.
      maxRequeues: 0,
      host,
      port,
      secure: encryption === 'ssl',
      requireTLS: encryption === 'tls',
      ignoreTLS: encryption === 'none',
      ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
      dnsTimeout: mailMs,
      connectionTimeout: mailMs,
      greetingTimeout: mailMs,
      socketTimeout: mailMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const limit = AbortSignal.any([signal, AbortSignal.timeout(wholeMailMs)]);
    try {
      const message = {
        from: { name: 'Nadi agent', address: from },
        to: [...to],
        subject: letter.title,
        text: `${letter.text}\n\n${letter.createdAt}\n`,
        messageId: `<${letter.id}@nadi-agent>`,
        signal: limit,
      };
      await transport.sendMail(message);
      return { is: 'sent' };
    } catch (error) {
      return mailFault(error, limit.aborted);
    } finally {
      transport.close();
    }
  };
}

/** The server's words may repeat what it was sent; its code does not (RFC 5321). What signs in is no fault of the letter. */
function mailFault(error: unknown, isCut: boolean): Sent {
  if (isCut) return { is: 'failed', reason: 'the mail server took too long' };
  const { responseCode, code } = (error ?? {}) as { responseCode?: number; code?: string }; // As nodemailer throws it; each may be absent.
  const isRefusal = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH';
  return { is: isRefusal ? 'refused' : 'failed', reason: `SMTP ${responseCode ?? code ?? 'not reached'}` };
}

/** An incoming webhook. A part that Slack reads as a mention or a link begins with `<` (api.slack.com/reference/surfaces/formatting). */
const toSlack =
  (url: string): Carry =>
  ({ title, text }, signal) =>
    post(
      url,
      JSON.stringify({ text: escaped(text.startsWith(title) ? text : `${title}\n${text}`), mrkdwn: false }),
      {},
      signal,
      (answer) => answer.trim() === 'ok',
    );

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * Signed as Nadi's own webhooks are: `Nadi-Signature: t=<seconds>,v1=<hex>` is HMAC-SHA256 of `<seconds>.<body>`; `Nadi-Message-Id` is
 * the same for the same notice, however often it comes.
 */
const toWebhook =
  ({ url, secret }: { readonly url: string; readonly secret: string }, clock: Clock): Carry =>
  (letter: Letter, signal) => {
    const { id, type: event, createdAt, title, text, data } = letter;
    const body = JSON.stringify({ id, event, created_at: createdAt, title, message: text, data });
    const at = Math.floor(clock.now().epochMilliseconds / 1000);
    const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    const headers = {
      'nadi-message-id': id,
      'nadi-event': event,
      'nadi-signature': `t=${at},v1=${signature}`,
    };
    return post(url, body, headers, signal);
  };
