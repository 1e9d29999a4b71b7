import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { ok } from '../support/provider.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';

export interface Portal extends TestApp {
  /** Every mail that arrived, as plain text with its head. */
  readonly mails: readonly string[];
}

/** A provider whose mail goes to an SMTP server of this test. */
export async function portalApp(options: TestAppOptions = {}): Promise<Portal> {
  const mails: string[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(plain(Buffer.concat(chunks).toString()));
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  // An SMTP server listens on a socket, which always has an address of this form.
  const { port } = smtp.server.address() as AddressInfo;
  const mail = { MAIL_HOST: '127.0.0.1', MAIL_PORT: String(port), MAIL_ENCRYPTION: 'none' };
  const nadi = await testApp({ ...options, env: { ...mail, ...options.env } });
  nadi.use({ [Symbol.asyncDispose]: () => new Promise<void>((resolve) => smtp.close(() => resolve())) });
  return Object.assign(nadi, { mails });
}

/** Undoes quoted-printable. */
function plain(mail: string): string {
  return mail.replace(/=\r?\n/g, '').replace(/=3D/g, '=');
}

let customers = 0;

/** Adds a customer through the office. */
export async function addCustomer(nadi: TestApp, body: Record<string, unknown> = {}): Promise<string> {
  customers += 1;
  const named = { name: `Pelanggan ${customers}`, email: `c${customers}@rumah.test` };
  return (await ok(nadi, { method: 'POST', url: '/api/customers', body: { ...named, ...body } })).id;
}

/** A request of nobody who is signed in. */
export const post = (nadi: TestApp, url: string, body: object, remoteAddress = '203.0.113.5') =>
  nadi.request({ as: 'nobody', method: 'POST', url, body, remoteAddress });

/** Has a code sent by e-mail and gives it as it arrived; undefined where none was sent. */
export async function codeFor(nadi: Portal, login: string): Promise<string | undefined> {
  const before = nadi.mails.length;
  const answer = await post(nadi, '/api/portal/sign-in/code', { login });
  assert.equal(answer.statusCode, 202, answer.body);
  await nadi.drainJobs();
  return /\r\n(\d{6}) /.exec(nadi.mails.slice(before).join(''))?.[1];
}

/** Signs in with a code that was mailed; gives the token. */
export async function signedIn(nadi: Portal, login: string): Promise<string> {
  const answer = await post(nadi, '/api/portal/sign-in', { login, code: await codeFor(nadi, login) });
  assert.equal(answer.statusCode, 200, answer.body);
  return String(answer.json().token);
}
