import assert from 'node:assert/strict';
import type { TestApp } from '../support/test-app.ts';
import { testPassword } from '../support/test-app.ts';
import { newTestPassword } from './examples.ts';
import { licensingSecrets, licensingShows } from './licensing-examples.ts';
import { namesOfContents } from './release-examples.ts';
import { routerSecret, telegramToken } from './world.ts';

/** Endpoints whose very purpose is to show a secret, by the keys that hold it. */
export const shownByPurpose: Readonly<Record<string, readonly string[]>> = {
  login: ['token'],
  signInCustomer: ['token'],
  createToken: ['token'],
  showSubscriptionSecret: ['password'],
  setUpTwoFactor: ['secret', 'otpauth_url'],
  confirmTwoFactor: ['recovery_codes'],
  renewRecoveryCodes: ['recovery_codes'],
  issueUserPasswordReset: ['reset_url'],
  ...licensingShows,
};

/** Every secret the database holds, and the passwords behind its hashes. */
export async function knownSecrets(nadi: TestApp): Promise<string[]> {
  const { rows } = await nadi.kit.pool.query<{ secret: string }>(
    `select password as secret from users
     union select totp_secret from users where totp_secret is not null
     union select token from personal_access_tokens
     union select token from password_reset_tokens
     union select code_hash from recovery_codes
     union select password from mikrotik_secrets
     union select password from router_settings
     union select radius_secret from router_settings where radius_secret is not null
     union select secret from radius_settings
     union select token from customer_tokens
     union select password from portal_accounts where password is not null
     union select code_hash from portal_codes
     union select secret from notification_settings where secret is not null
      union select sealed_key from trust_keys where sealed_key is not null
      union select sealed from notification_messages where sealed is not null
      union select secret from (${licensingSecrets}) licensing where secret is not null`,
  );
  return [
    ...new Set([
      testPassword,
      newTestPassword,
      routerSecret,
      telegramToken,
      ...rows.map((row) => row.secret),
    ]),
  ];
}

/** Columns named like a secret that {@link knownSecrets} does not read: none may be left out. */
export async function unreadSecretColumns(nadi: TestApp): Promise<string[]> {
  const { rows } = await nadi.kit.pool.query<{ name: string }>(
    `select table_name || '.' || column_name as name from information_schema.columns
     where table_schema = 'public' and column_name ~ '(password|secret|token|hash|_key)$'
       and column_name <> 'idempotency_key' order by 1`,
  );
  const read = [
    'customer_tokens.token',
    'installations.previous_secret_hash',
    'installations.secret_hash',
    'licenses.key_hash',
    'mikrotik_secrets.password',
    // A token of Snap's opens a page on which one can pay; it is answered where it is asked for.
    'payment_orders.token',
    'notification_settings.secret',
    'password_reset_tokens.token',
    'personal_access_tokens.token',
    'portal_accounts.password',
    'portal_codes.code_hash',
    'recovery_codes.code_hash',
    'radius_settings.secret',
    'router_settings.password',
    'router_settings.radius_secret',
    // Shown to everybody: it is for verifying.
    'trust_keys.public_key',
    'trust_keys.sealed_key',
    'users.password',
    'users.totp_secret',
  ];
  return rows.map((row) => row.name).filter((name) => ![...read, ...namesOfContents].includes(name));
}

/** Fails when one of the secrets is in the text. */
export function refuseSecrets(text: string, secrets: readonly string[], where: string): void {
  for (const secret of secrets) {
    assert.ok(!text.includes(secret), `${where} shows ${secret.slice(0, 12)}…`);
  }
}
