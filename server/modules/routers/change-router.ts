import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx, violatedConstraint } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import type { RouterHooks } from './hooks.ts';
import { presentRouter } from './present.ts';
import {
  appointDefault,
  clearDefault,
  deleteRouterRow,
  findRouter,
  hasDefault,
  insertRouter,
  lockRouters,
  type RouterRow,
  updateRouterRow,
} from './queries.ts';
import { sealedFor } from './sealed-for.ts';

export interface RouterInput {
  readonly name?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly ssl?: boolean | undefined;
  readonly tls_trust?: string | undefined;
  readonly tls_fingerprint?: string | null | undefined;
  readonly code_page?: string | undefined;
  readonly radius_secret?: string | null | undefined;
  readonly coa_port?: number | undefined;
  readonly use_radius?: boolean | undefined;
  readonly is_active?: boolean | undefined;
  readonly is_default?: true | undefined;
  readonly template_profile?: string | undefined;
}

type Required = 'name' | 'host' | 'username' | 'password';

/** Adds a router; the first is the default. @throws {AppError} validation_failed */
export function createRouter(
  kit: Kit,
  hooks: RouterHooks,
  author: Author,
  { is_default: isDefault, ...input }: RouterInput & { readonly [K in Required]: string },
): Promise<RouterRow> {
  const id = newId(kit.clock);
  const at = instantText(kit.clock.now());
  return changing(kit, async (tx) => {
    if (isDefault) await clearDefault(tx, at);
    const row = await insertRouter(tx, {
      ...input,
      ...sealed(kit, id, input),
      password: kit.secrets.seal(input.password, sealedFor.password(id)),
      id,
      is_default: isDefault ?? !(await hasDefault(tx)),
      created_at: at,
      updated_at: at,
    });
    refuseWithoutFingerprint(row);
    await hooks.afterChanged(tx, at);
    await record(kit, tx, author, 'router.created', undefined, row);
    return row;
  });
}

/** @throws {AppError} not_found, validation_failed */
export function updateRouter(
  kit: Kit,
  hooks: RouterHooks,
  author: Author,
  id: string,
  input: RouterInput,
): Promise<RouterRow> {
  const at = instantText(kit.clock.now());
  return changing(kit, async (tx) => {
    const before = await findRouter(tx, id);
    if (!before) throw new AppError('not_found');
    if (input.is_default) await clearDefault(tx, at);
    const after = await updateRouterRow(tx, id, { ...input, ...sealed(kit, id, input), updated_at: at });
    refuseWithoutFingerprint(after);
    await hooks.afterChanged(tx, at);
    await record(kit, tx, author, 'router.updated', before, after);
    return after;
  });
}

/** Removes a router; another becomes the default if it was that. @throws {AppError} not_found, router_in_use */
export async function deleteRouter(kit: Kit, hooks: RouterHooks, author: Author, id: string): Promise<void> {
  await changing(kit, async (tx) => {
    const before = await findRouter(tx, id);
    if (!before) throw new AppError('not_found');
    await hooks.beforeRemoved(tx, id);
    await deleteRouterRow(tx, id);
    const at = instantText(kit.clock.now());
    await appointDefault(tx, at);
    await hooks.afterChanged(tx, at);
    await record(kit, tx, author, 'router.deleted', before, undefined);
  });
}

async function changing<T>(kit: Kit, work: (tx: Tx) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(kit.db, async (tx) => {
      await lockRouters(tx);
      return work(tx);
    });
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'router_settings_name_unique') {
      throw fieldError('name', {
        en: 'Another router has this name.',
        id: 'Router lain sudah memakai nama ini.',
      });
    }
    if (constraint === 'router_settings_place_unique') {
      throw fieldError('host', {
        en: 'There is a router with this address and port already.',
        id: 'Sudah ada router dengan alamat dan port ini.',
      });
    }
    if (constraint === 'router_settings_use_radius') {
      throw fieldError('radius_secret', {
        en: 'A router that asks RADIUS needs the secret it shares with it.',
        id: 'Router yang memakai RADIUS harus punya secret RADIUS.',
      });
    }
    if (constraint === 'customers_router_id_fkey' || constraint === 'provisioning_intents_router_id_fkey') {
      throw new AppError('router_in_use');
    }
    throw error;
  }
}

/** Without one, whoever answers in the router's place would be given its password. */
function refuseWithoutFingerprint({ ssl, tls_trust: trust, tls_fingerprint: fingerprint }: RouterRow): void {
  if (!ssl || trust !== 'fingerprint' || fingerprint !== null) return;
  throw fieldError('tls_fingerprint', {
    en: 'Give the SHA-256 fingerprint of the router’s certificate, or choose another tls_trust.',
    id: 'Isi sidik jari SHA-256 dari sertifikat router, atau pilih tls_trust lain.',
  });
}

function sealed(kit: Kit, id: string, { password, radius_secret: secret }: RouterInput) {
  return {
    ...(password === undefined ? {} : { password: kit.secrets.seal(password, sealedFor.password(id)) }),
    ...(secret ? { radius_secret: kit.secrets.seal(secret, sealedFor.radius_secret(id)) } : {}),
  };
}

function record(
  kit: Kit,
  tx: Tx,
  author: Author,
  action: string,
  before: RouterRow | undefined,
  after: RouterRow | undefined,
): Promise<void> {
  return recordChanges(tx, kit.clock, author, [
    {
      action,
      subjectType: 'router',
      subjectId: (after ?? before)?.id ?? null,
      ...(before ? { before: presentRouter(before) } : {}),
      ...(after ? { after: presentRouter(after) } : {}),
    },
  ]);
}
