import { inTransaction } from '#kit/db.ts';
import { AppError, fieldError, type Language } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import type { Kit } from '#kit/kit.ts';
import { equals, itemsOf, pppSecrets, type RouterConnection, RouterError } from '#routeros';
import { recordChanges } from '../audit/index.ts';
import { endSessionsOn } from './end-sessions.ts';
import type { EntryHooks, OwnedChange, SecretInput } from './hooks.ts';
import { onRouter } from './live-router.ts';
import { isMark } from './ownership-mark.ts';
import type { RouterRow } from './queries.ts';

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

/** Whose request it is, and which entry is meant. */
export interface SecretCall {
  readonly author: Author;
  readonly language: Language;
  readonly routerId: string | undefined;
  readonly id: string;
}

/** @throws {AppError} no_router, router_trouble, not_found, router_entry_owned, validation_failed */
export async function updateSecret(kit: Kit, hooks: EntryHooks, call: SecretCall, input: SecretInput) {
  refuseMark(input);
  return onSecret(kit, call, changing(hooks, call, input), async (on, router, name) => {
    await namingFields(() => itemsOf(on, pppSecrets).set(call.id, written(input)));
    await record(kit, call.author, router, 'router.secret_updated', { id: call.id, name, ...told(input) });
    return { success: true };
  });
}

/** Not what belongs to a subscription: who pays must not lose access so. @throws {AppError} no_router, router_trouble, not_found, router_entry_owned */
export function deleteSecret(kit: Kit, call: SecretCall) {
  const refuse = async () => {
    throw new AppError('router_entry_owned');
  };
  return onSecret(kit, call, refuse, async (on, router, name) => {
    await itemsOf(on, pppSecrets).remove(call.id);
    await record(kit, call.author, router, 'router.secret_deleted', { id: call.id, name });
    return { success: true };
  });
}

/** @throws {AppError} no_router, router_trouble, not_found, router_entry_owned */
export function switchSecret(kit: Kit, hooks: EntryHooks, call: SecretCall, to: 'enable' | 'disable') {
  return onSecret(
    kit,
    call,
    changing(hooks, call, { disabled: to === 'disable' }),
    async (on, router, name) => {
      await itemsOf(on, pppSecrets)[to](call.id);
      await record(kit, call.author, router, `router.secret_${to}d`, { id: call.id, name });
      return { success: true };
    },
  );
}

/** Ends all sessions of a user and says whether they are gone. @throws {AppError} no_router, router_trouble */
export function disconnect(
  kit: Kit,
  author: Author,
  routerId: string | undefined,
  name: string,
  language: Language,
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

interface Done {
  readonly success: boolean;
  readonly message?: string;
}

const changing =
  (hooks: EntryHooks, { author, language }: SecretCall, change: OwnedChange) =>
  (mark: string) =>
    hooks.changeOwned(author, mark, change, language);

/** Works on an entry: on the router itself where it is nobody's of ours, else by `owned`, which is given its mark. */
async function onSecret(
  kit: Kit,
  { routerId, id }: SecretCall,
  owned: (mark: string) => Promise<Done>,
  foreign: (on: RouterConnection, router: RouterRow, name: string) => Promise<Done>,
): Promise<Done> {
  const done = await onRouter(kit, routerId, async (on, router): Promise<Done | string> => {
    const [secret] = await itemsOf(on, pppSecrets).print({
      where: equals('.id', id.toUpperCase()),
      fields: ['name', 'comment'],
    });
    if (!secret) throw new AppError('not_found');
    return isMark(secret.comment) ? secret.comment : foreign(on, router, secret.name);
  });
  return typeof done === 'string' ? owned(done) : done;
}

/** Whoever writes the mark by hand would give an entry to a subscription. */
function refuseMark({ comment }: SecretInput): void {
  if (!isMark(comment)) return;
  throw new AppError('router_entry_owned', {
    message: {
      en: 'A comment that begins with nadi: says that an entry belongs to a subscription. Write another one.',
      id: 'Komentar yang diawali nadi: menandai entri milik langganan. Tulis komentar lain.',
    },
  });
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
