import { inTransaction } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { equals, itemsOf, pppSecrets, type RouterConnection, RouterError } from '#routeros';
import { recordChanges } from '../audit/index.ts';
import { endSessionsOn } from './end-sessions.ts';
import { onRouter } from './live-router.ts';
import { isMark } from './ownership-mark.ts';
import type { RouterRow } from './queries.ts';

export interface SecretInput {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly service?: string | undefined;
  readonly profile?: string | undefined;
  readonly local_address?: string | undefined;
  readonly remote_address?: string | undefined;
  readonly comment?: string | undefined;
}

/** Adds a PPP user by hand; it is recorded without the password. @throws {AppError} no_router, router_trouble, router_entry_owned, validation_failed */
export function createSecret(kit: Kit, author: Author, routerId: string | undefined, input: SecretInput) {
  return onRouter(kit, routerId, async (on, router) => {
    refuseMark(input);
    const id = await namingFields(() =>
      itemsOf(on, pppSecrets).add({
        ...written(input),
        service: input.service ?? 'pppoe',
        profile: input.profile ?? 'default',
      }),
    );
    await record(kit, author, router, 'router.secret_created', { id, ...told(input) });
    return { success: true, id };
  });
}

/** @throws {AppError} no_router, router_trouble, not_found, router_entry_owned */
export function updateSecret(
  kit: Kit,
  author: Author,
  routerId: string | undefined,
  id: string,
  input: SecretInput,
) {
  return onForeignSecret(kit, routerId, id, async (on, router, name) => {
    refuseMark(input);
    await namingFields(() => itemsOf(on, pppSecrets).set(id, written(input)));
    await record(kit, author, router, 'router.secret_updated', { id, name, ...told(input) });
    return { success: true };
  });
}

/** @throws {AppError} no_router, router_trouble, not_found, router_entry_owned */
export function deleteSecret(kit: Kit, author: Author, routerId: string | undefined, id: string) {
  return onForeignSecret(kit, routerId, id, async (on, router, name) => {
    await itemsOf(on, pppSecrets).remove(id);
    await record(kit, author, router, 'router.secret_deleted', { id, name });
    return { success: true };
  });
}

/** @throws {AppError} no_router, router_trouble, not_found, router_entry_owned */
export function switchSecret(
  kit: Kit,
  author: Author,
  routerId: string | undefined,
  id: string,
  to: 'enable' | 'disable',
) {
  return onForeignSecret(kit, routerId, id, async (on, router, name) => {
    await itemsOf(on, pppSecrets)[to](id);
    await record(kit, author, router, `router.secret_${to}d`, { id, name });
    return { success: true };
  });
}

/** Ends all sessions of a user and says whether they are gone. @throws {AppError} no_router, router_trouble */
export function disconnect(
  kit: Kit,
  author: Author,
  routerId: string | undefined,
  name: string,
  language: 'en' | 'id',
) {
  return onRouter(kit, routerId, async (on, router) => {
    const { ended, left } = await endSessionsOn(on, name);
    if (ended > 0)
      await record(kit, author, router, 'router.session_disconnected', { name, sessions: ended });
    if (ended > 0 && left === 0) return { success: true };
    const message =
      ended === 0
        ? { en: 'This user is not connected.', id: 'Pengguna ini tidak sedang terhubung.' }
        : {
            en: 'The router took the order, but the session is still there. Try again.',
            id: 'Router menerima perintah, tetapi sesinya masih ada. Coba lagi.',
          };
    return { success: false, message: message[language] };
  });
}

/** Works on an entry that belongs to no subscription. */
function onForeignSecret<T>(
  kit: Kit,
  routerId: string | undefined,
  id: string,
  work: (on: RouterConnection, router: RouterRow, name: string) => Promise<T>,
): Promise<T> {
  return onRouter(kit, routerId, async (on, router) => {
    const [secret] = await itemsOf(on, pppSecrets).print({
      where: equals('.id', id.toUpperCase()),
      fields: ['name', 'comment'],
    });
    if (!secret) throw new AppError('not_found');
    if (isMark(secret.comment)) throw new AppError('router_entry_owned');
    return work(on, router, secret.name);
  });
}

/** Whoever writes the mark by hand would give an entry to a subscription. */
function refuseMark({ comment }: SecretInput): void {
  if (isMark(comment)) throw new AppError('router_entry_owned');
}

const fieldsByName: Readonly<Record<string, keyof SecretInput>> = {
  name: 'username',
  password: 'password',
  service: 'service',
  profile: 'profile',
  'local-address': 'local_address',
  'remote-address': 'remote_address',
  comment: 'comment',
};

/** Writes; what the router refuses of a property is an error of the field it came from. */
async function namingFields<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const property =
      error instanceof RouterError ? /\bvalue (?:of|for) ([a-z-]+)/.exec(error.detail)?.[1] : undefined;
    const field = property === undefined ? undefined : fieldsByName[property];
    if (field === undefined) throw error;
    throw fieldError(field, {
      en: 'The router does not take this value; it may have to exist there first.',
      id: 'Router tidak menerima nilai ini; mungkin harus dibuat dulu di router.',
    });
  }
}

function written(input: SecretInput) {
  return {
    name: input.username,
    password: input.password,
    service: input.service,
    profile: input.profile,
    'local-address': input.local_address,
    'remote-address': input.remote_address,
    comment: input.comment,
  };
}

/** For the audit log: without the password. */
function told({ password, ...input }: SecretInput) {
  return { ...input, ...(password === undefined ? {} : { password_changed: true }) };
}

function record(
  kit: Kit,
  author: Author,
  router: RouterRow,
  action: string,
  after: Readonly<Record<string, unknown>>,
): Promise<void> {
  return inTransaction(kit.db, (tx) =>
    recordChanges(tx, kit.clock, author, [{ action, subjectType: 'router', subjectId: router.id, after }]),
  );
}
