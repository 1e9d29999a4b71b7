import { randomInt } from 'node:crypto';
import { instantText } from '#kit/clock.ts';
import { sameText } from '#kit/crypto.ts';
import type { Db } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { liveCodeHash, putCode, useCode } from './code-queries.ts';
import type { Contact } from './contact-queries.ts';

const codeMinutes = 10;

/** What a code is for: the newest for each purpose works, once. */
export const toSignIn = (contact: Contact): string => `sign-in ${contact}`;
export const toChangeContact = (customerId: string): string => `contact ${customerId}`;

/** Six digits have a million forms: without the key of the installation their hash tells nothing. */
const hashOf = ({ secrets }: Kit, purpose: string, code: string): string =>
  secrets.mark(code, `portal ${purpose}`);

export interface MadeCode {
  readonly code: string;
  readonly minutes: number;
  readonly expiresAt: string;
}

/** Makes a code for a purpose; undefined too soon after the one before. */
export async function makeCode(
  kit: Kit,
  db: Db,
  purpose: string,
  contact: Contact,
): Promise<MadeCode | undefined> {
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const now = kit.clock.now();
  const expiresAt = instantText(now.add({ minutes: codeMinutes }));
  const hash = hashOf(kit, purpose, code);
  const made = await putCode(db, { purpose, contact, hash, expiresAt, at: instantText(now) });
  return made ? { code, minutes: codeMinutes, expiresAt } : undefined;
}

/** Whether this is the code, which stays as it is. */
export async function isCode(kit: Kit, db: Db, purpose: string, code: string): Promise<boolean> {
  const stored = await liveCodeHash(db, purpose, instantText(kit.clock.now()));
  return sameText(hashOf(kit, purpose, code), stored ?? '');
}

/** Spends the code; gives the contact it was sent to, or nothing where it is not the one that works. */
export function spendCode(kit: Kit, db: Db, purpose: string, code: string): Promise<string | undefined> {
  return useCode(db, purpose, hashOf(kit, purpose, code), instantText(kit.clock.now()));
}
