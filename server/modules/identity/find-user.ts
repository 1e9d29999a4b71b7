import type { Db } from '#kit/db.ts';
import { presentUser, type User } from './present.ts';
import { findUserRowByEmail } from './queries.ts';

/** The user with that e-mail, in lower case, if there is one. */
export async function findUserByEmail(db: Db, email: string): Promise<User | undefined> {
  const row = await findUserRowByEmail(db, email);
  return row && presentUser(row);
}
