import { ownLicenses } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction, type Tx } from '#kit/db.ts';
import { AppError, fieldError } from '#kit/errors.ts';
import type { CustomerCall } from '#kit/http/call.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { refuseInactive } from '../customers/index.ts';
import { endWith } from './change-installation.ts';
import { drawKey } from './draw-key.ts';
import type { LicensingHooks } from './hooks.ts';
import { findInstallation, lockPlaces, movesOf } from './installation-queries.ts';
import { findLicense, type LicenseRow, listLicenseRows, lockLicense } from './license-queries.ts';
import { showOwn } from './show-license.ts';
import { nextMove } from './use-move.ts';

/** Why a license is not taken off that installation. */
async function whyNot(tx: Tx, licenseId: string, installationId: string): Promise<AppError> {
  const found = await findInstallation(tx, installationId);
  if (found?.license_id === licenseId && found.state !== 'ready') return new AppError('installation_ended');
  return fieldError('installation_id', {
    en: 'This license has no such machine.',
    id: 'Lisensi ini tidak punya mesin itu.',
  });
}

/** What owners see and do of their own licenses. Another's is not found. */
export function ownRoutes(kit: Kit, hooks: LicensingHooks) {
  const show = async ({ customer }: CustomerCall, id: string) => {
    const now = kit.clock.now();
    const row = await findLicense(kit.db, id, instantText(now));
    if (row?.customer_id !== customer.customerId) throw new AppError('not_found');
    const [shown] = await showOwn(kit.db, [row], now);
    if (!shown) throw new AppError('not_found');
    return shown;
  };
  /** Does something delicate to one's own license, which is held meanwhile. */
  const change = async <T>(
    call: CustomerCall,
    id: string,
    password: string | undefined,
    work: (tx: Tx, license: LicenseRow) => Promise<T>,
  ): Promise<T> => {
    refuseInactive(call);
    await show(call, id);
    await hooks.proveAgain(call, password);
    return inTransaction(kit.db, async (tx) => {
      const license = await lockLicense(tx, id, instantText(kit.clock.now()));
      if (license?.customer_id !== call.customer.customerId) throw new AppError('not_found');
      if (license.status === 'revoked') throw new AppError('license_state');
      return work(tx, license);
    });
  };
  return routes(ownLicenses, {
    listOwnLicenses: async ({ query }, call) => {
      const now = kit.clock.now();
      const own = { ...query, customer_id: call.customer.customerId };
      const found = await listLicenseRows(kit.db, own, instantText(now));
      return paginate(call, query, { ...found, rows: await showOwn(kit.db, found.rows, now) }, (row) => row);
    },
    showOwnLicense: ({ params }, call) => show(call, params.id),
    drawOwnLicenseKey: ({ params, body }, call) =>
      change(call, params.id, body.current_password, (tx, license) => drawKey(kit, tx, call.author, license)),
    moveOwnLicense: async ({ params, body }, call) => {
      await change(call, params.id, body.current_password, async (tx, license) => {
        const places = await lockPlaces(tx, license.id);
        const left = places.find(({ id }) => id === body.installation_id);
        if (left === undefined) throw await whyNot(tx, license.id, body.installation_id);
        // Taken already: the next machine that pairs is the move.
        if (left.state === 'unpaired') return;
        const moves = (await movesOf(tx, [license.id])).get(license.id) ?? [];
        const waiting = places.filter(({ state }) => state === 'unpaired').length;
        nextMove(kit, license, moves, waiting);
        await endWith(kit, tx, call.author, left, 'unpaired', body.reason);
      });
      return show(call, params.id);
    },
  });
}
