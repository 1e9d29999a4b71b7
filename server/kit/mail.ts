import { createTransport } from 'nodemailer';
import type { MailConfig } from './config.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** With its angle brackets; the same one for the same mail, so that a second copy is known as one. */
  readonly messageId?: string;
}

const timeoutMs = 15_000;

/** Hands mails to one SMTP server, over a few connections that stay open until it is closed. */
export interface Mailer {
  /** Rejects when the server cannot be reached or does not take the message; nothing is kept for later. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

/** Opens nothing yet. With `tls` it refuses to go on in clear. */
export function openMailer(config: MailConfig, connections = 1): Mailer {
  const transport = createTransport({
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    host: config.host,
    port: config.port,
    secure: config.encryption === 'ssl',
    requireTLS: config.encryption === 'tls',
    ignoreTLS: config.encryption === 'none',
    ...(config.username === undefined
      ? {}
      : { auth: { user: config.username, pass: config.password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (mail) => {
      await transport.sendMail({ from: config.from, ...mail });
    },
    close: () => transport.close(),
  };
}

/** Hands one plain-text message to the SMTP server of the configuration. Rejects as {@link Mailer.send} does. */
export async function sendMail(config: MailConfig, mail: Mail): Promise<void> {
  const mailer = openMailer(config);
  try {
    await mailer.send(mail);
  } finally {
    mailer.close();
  }
}
