import { createServer, type Socket } from 'node:net';
import { setTimeout as later } from 'node:timers/promises';
import { StandingFaults, type Striking } from '../standing-faults.ts';

/** A mail that was taken. */
export interface TakenMail {
  readonly from: string;
  readonly to: string;
  /** By their names in lower case, unfolded. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it was written, quoted-printable and base64 undone. */
  readonly text: string;
}

/** What goes wrong with a mail. */
export type MailFault = Striking &
  (
    | { readonly do: 'slow'; readonly milliseconds: number }
    /** Nothing is answered any more. */
    | { readonly do: 'hang' }
    /** The connection breaks, before the mail is taken or after. */
    | { readonly do: 'reset'; readonly when?: 'before' | 'after' }
    /** The recipient is answered with this code, such as 550 (no such mailbox) or 451 (come again). */
    | { readonly do: 'refuse'; readonly code: number }
    /** The whole server is answered with 421 as it is greeted. */
    | { readonly do: 'busy' }
  );

export interface SmtpListening {
  readonly port: number;
  readonly faults: StandingFaults<MailFault>;
  readonly close: () => Promise<void>;
}

/** An SMTP server without TLS or sign-in (RFC 5321), which gives whatever it takes to `take`. */
export async function listenSmtp(
  host: string,
  port: number,
  take: (mail: TakenMail) => void,
): Promise<SmtpListening> {
  const faults = new StandingFaults<MailFault>();
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    converse(socket, faults, take).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    faults,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function converse(
  socket: Socket,
  faults: StandingFaults<MailFault>,
  take: (mail: TakenMail) => void,
): Promise<void> {
  const say = (line: string) => socket.write(`${line}\r\n`);
  const strikes = <D extends MailFault['do']>(name: D) =>
    faults.striking((fault): fault is Extract<MailFault, { do: D }> => fault.do === name)[0];
  if (strikes('busy') !== undefined) {
    say('421 Too busy');
    socket.end();
    return;
  }
  say('220 simulated ESMTP');
  let from = '';
  let to = '';
  let data: string[] | undefined;
  for await (const line of linesOf(socket)) {
    if (data !== undefined) {
      if (line !== '.') {
        data.push(line.startsWith('..') ? line.slice(1) : line);
        continue;
      }
      const mail = { from, to, ...parsed(data) };
      data = undefined;
      const slow = strikes('slow');
      if (slow !== undefined) await later(slow.milliseconds);
      if (strikes('hang') !== undefined) return;
      const reset = strikes('reset');
      if (reset === undefined || reset.when === 'after') take(mail);
      if (reset !== undefined) {
        socket.resetAndDestroy();
        return;
      }
      say('250 Taken');
      continue;
    }
    const command = line.slice(0, 4).toUpperCase();
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (command === 'EHLO') say('250-simulated\r\n250 8BITMIME');
    else if (command === 'MAIL') {
      from = address;
      say('250 OK');
    } else if (command === 'RCPT') {
      const refusal = strikes('refuse');
      to = address;
      say(refusal === undefined ? '250 OK' : `${refusal.code} Refused`);
    } else if (command === 'DATA') {
      data = [];
      say('354 Go on');
    } else if (command === 'QUIT') {
      say('221 Bye');
      socket.end();
      return;
    } else say('250 OK');
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = '';
  socket.setEncoding('utf8');
  for await (const piece of socket) {
    const lines = (rest + String(piece)).split('\r\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function parsed(lines: readonly string[]): Pick<TakenMail, 'headers' | 'text'> {
  const end = lines.indexOf('');
  const unfolded = lines
    .slice(0, end)
    .join('\n')
    .replace(/\n[ \t]+/g, ' ');
  const headers = Object.fromEntries(
    unfolded.split('\n').map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  const body = lines.slice(end + 1).join('\n');
  return { headers, text: decoded(body, headers['content-transfer-encoding']).trimEnd() };
}

function decoded(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
