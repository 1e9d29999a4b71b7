import { instantText } from '#kit/clock.ts';
import { sha256Hex } from '#kit/crypto.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { type AppError, fieldError } from '#kit/errors.ts';
import type { Call } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { beginAttempt, networkOf, newTokenSecret, verifyPassword } from '../identity/index.ts';
import { holdsPassword } from './account-queries.ts';
import { isCode, spendCode, toSignIn } from './codes.ts';
import {
  type AccountRow,
  accountsOf,
  accountWithPassword,
  type Contact,
  mostAccounts,
  readContact,
} from './contact-queries.ts';
import { signInLimits } from './limits.ts';
import { insertToken } from './token-queries.ts';

const sessionDays = 90;

interface Input {
  readonly login: string;
  readonly code?: string | undefined;
  readonly password?: string | undefined;
  readonly customer_id?: string | undefined;
}

interface SignedIn {
  readonly token: string | null;
  readonly expires_at: string | null;
  readonly accounts: Pick<AccountRow, 'id' | 'name' | 'address'>[];
}

/**
 * Signs a customer in with a code sent to the contact, or with a password. One contact may be that of several customers: a code
 * proves all of them, so the answer names them and the same code works once more, with the chosen one; a password is one
 * customer's. An unknown contact is answered as a wrong code or password, in the same time.
 * @throws {AppError} validation_failed naming `code`, `password` or `customer_id`; too_many_requests
 */
export async function signIn(kit: Kit, call: Call, input: Input): Promise<SignedIn> {
  const network = networkOf(call.ip);
  const { contact = input.login, known } = await readContact(kit.db, input.login, network);
  const proof = input.code === undefined ? 'password' : 'code';
  const attempt = await beginAttempt(kit, signInLimits(proof, contact, { network, known }));
  const accounts =
    input.code === undefined
      ? await provenByPassword(kit, contact, input)
      : await provenByCode(kit, contact, input.code);
  if (accounts.length === 0) throw wrong(proof);
  const named = accounts.map(({ id, name, address }) => ({ id, name, address }));
  const chosen =
    input.customer_id === undefined && accounts.length === 1
      ? accounts[0]
      : accounts.find(({ id }) => id === input.customer_id);
  if (!chosen) {
    await attempt.forgiven();
    if (input.customer_id !== undefined) throw notAmong();
    return { token: null, expires_at: null, accounts: named };
  }
  const entered = await inTransaction(kit.db, (tx) => enter(kit, tx, call, contact, chosen, input));
  if (!entered) throw wrong(proof);
  await attempt.succeeded();
  return { ...entered, accounts: named };
}

async function provenByCode(kit: Kit, contact: Contact, code: string): Promise<readonly AccountRow[]> {
  if (!(await isCode(kit, kit.db, toSignIn(contact), code))) return [];
  const accounts = await accountsOf(kit.db, contact);
  return accounts.length > mostAccounts ? [] : accounts;
}

async function provenByPassword(kit: Kit, contact: Contact, input: Input): Promise<readonly AccountRow[]> {
  const account = await accountWithPassword(kit.db, contact, input.customer_id);
  const right = await verifyPassword(input.password ?? '', account?.password ?? undefined);
  return account && right ? [account] : [];
}

/** Begins the session, unless the code was spent or the password changed at the same moment. */
async function enter(
  kit: Kit,
  tx: Tx,
  call: Call,
  contact: Contact,
  account: AccountRow,
  { code }: Input,
): Promise<{ token: string; expires_at: string } | undefined> {
  const still =
    code === undefined
      ? await holdsPassword(tx, account.id, account.password ?? '')
      : (await spendCode(kit, tx, toSignIn(contact), code)) !== undefined;
  if (!still) return undefined;
  const secret = newTokenSecret();
  const now = kit.clock.now();
  const expiresAt = instantText(now.add({ hours: sessionDays * 24 }));
  const id = await insertToken(tx, {
    customerId: account.id,
    contact,
    proof: code === undefined ? 'password' : 'code',
    hash: sha256Hex(secret),
    ip: call.ip,
    network: networkOf(call.ip),
    userAgent: call.author.userAgent ?? null,
    at: instantText(now),
    expiresAt,
  });
  return { token: `${id}|${secret}`, expires_at: expiresAt };
}

function wrong(proof: 'code' | 'password'): AppError {
  return proof === 'code'
    ? fieldError('code', {
        en: 'This code is wrong, was used, or is too old. The newest one works, for ten minutes.',
        id: 'Kode ini salah, sudah dipakai, atau terlalu lama. Yang terbaru berlaku, selama sepuluh menit.',
      })
    : fieldError('password', {
        en: 'This e-mail address or phone and password do not belong together. You can also sign in with a code.',
        id: 'Alamat email atau telepon dan kata sandi ini tidak cocok. Anda juga dapat masuk dengan kode.',
      });
}

function notAmong(): AppError {
  return fieldError('customer_id', {
    en: 'Choose one of the accounts of this e-mail address or phone.',
    id: 'Pilih salah satu akun dari alamat email atau telepon ini.',
  });
}
