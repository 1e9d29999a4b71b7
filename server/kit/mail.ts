import { createTransport } from 'nodemailer';
import type { MailConfig } from './config.ts';

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

const timeoutMs = 15_000;

/**
 * Hands one plain-text message to the SMTP server of the configuration. With `tls` it refuses to go on in clear.
 * Rejects when the server cannot be reached or does not take the message; nothing is kept for later.
 */
export async function sendMail(config: MailConfig, mail: Mail): Promise<void> {
  const transport = createTransport({
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
  try {
    await transport.sendMail({ from: config.from, ...mail });
  } finally {
    transport.close();
  }
}
