import { instantText } from '#kit/clock.ts';
import type { Tx } from '#kit/db.ts';
import type { Author } from '#kit/http/call.ts';
import { newId } from '#kit/ids.ts';
import type { Kit } from '#kit/kit.ts';
import { recordChanges } from '../audit/index.ts';
import { hasRouters, insertRouter } from './queries.ts';
import { sealedFor } from './sealed-for.ts';

/** Adds spec 3's "Main Router" as the default where there is no router yet; says whether it did. */
export async function addDefaultRouter(kit: Kit, tx: Tx, author: Author): Promise<boolean> {
  if (await hasRouters(tx)) return false;
  const id = newId(kit.clock);
  const at = instantText(kit.clock.now());
  const router = {
    name: 'Main Router',
    host: '192.168.88.1',
    port: 8728,
    username: 'admin',
    ssl: false,
    is_active: true,
  };
  await insertRouter(tx, {
    ...router,
    id,
    password: kit.secrets.seal('', sealedFor.password(id)),
    is_default: true,
    created_at: at,
    updated_at: at,
  });
  await recordChanges(tx, kit.clock, author, [
    { action: 'router.created', subjectType: 'router', subjectId: id, after: router },
  ]);
  return true;
}
