import assert from 'node:assert/strict';
import type { Messages, SentMessage } from '#simulators';
import { toldApp } from '../notifications/notification-support.ts';
import { ok } from '../support/provider.ts';
import type { TestApp, TestAppOptions } from '../support/test-app.ts';

export interface Portal extends TestApp {
  readonly messages: Messages;
}

/** A provider whose mails go to an SMTP server, and messages to phones to WhatsApp where that is asked for. */
export async function portalApp(
  options: TestAppOptions & { readonly whatsapp?: boolean } = {},
): Promise<Portal> {
  const told = await toldApp(options);
  told.nadi.use({ [Symbol.asyncDispose]: () => told.messages[Symbol.asyncDispose]() });
  return Object.assign(told.nadi, { messages: told.messages });
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

/** The code in a message. */
export const codeIn = (message: SentMessage | undefined): string | undefined =>
  /\b(\d{6})\b/.exec(message?.text ?? '')?.[1];

/** Has a code sent and gives it as it arrived; undefined where none was sent. */
export async function codeFor(nadi: Portal, login: string): Promise<string | undefined> {
  const before = nadi.messages.sent.length;
  const answer = await post(nadi, '/api/portal/sign-in/code', { login });
  assert.equal(answer.statusCode, 202, answer.body);
  await nadi.drainJobs();
  return codeIn(nadi.messages.sent[before]);
}

/** Signs in with a code that was sent; gives the token. */
export async function signedIn(nadi: Portal, login: string): Promise<string> {
  const answer = await post(nadi, '/api/portal/sign-in', { login, code: await codeFor(nadi, login) });
  assert.equal(answer.statusCode, 200, answer.body);
  return String(answer.json().token);
}
