import { alerts } from '#contract';
import { instantText } from '#kit/clock.ts';
import { inTransaction } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { recordChanges } from '../audit/index.ts';
import { presentAlert } from './present.ts';
import { findAlert, listAlertRows, markAlertRead, markAlertsRead } from './queries.ts';

export { markAlertsSent, type NewAlert, raiseAlerts, raiseAlertsStatement } from './queries.ts';

/** What somebody should know: raised by any module, in its own transaction (spec 3, alert_logs). */
export function alertsModule(kit: Kit): Module {
  const at = () => instantText(kit.clock.now());
  return {
    name: 'alerts',
    routes: routes(alerts, {
      listAlerts: async ({ query }, call) =>
        paginate(call, query, await listAlertRows(kit.db, query), presentAlert),
      showAlert: async ({ params }) => {
        const row = await findAlert(kit.db, params.id);
        if (!row) throw new AppError('not_found');
        return presentAlert(row);
      },
      readAlert: ({ params }, call) =>
        inTransaction(kit.db, async (tx) => {
          const read = await markAlertRead(tx, params.id, at());
          if (read !== undefined) {
            await recordChanges(tx, kit.clock, call.author, [
              { action: 'alert.read', subjectType: 'alert', subjectId: params.id },
            ]);
          }
          const row = read ?? (await findAlert(tx, params.id));
          if (!row) throw new AppError('not_found');
          return presentAlert(row);
        }),
      readAllAlerts: ({ body }, call) =>
        inTransaction(kit.db, async (tx) => {
          const read = await markAlertsRead(tx, body.type, at());
          if (read > 0) {
            await recordChanges(tx, kit.clock, call.author, [
              { action: 'alerts.read', subjectType: 'alert', subjectId: null, after: { ...body, read } },
            ]);
          }
          return { read };
        }),
    }),
  };
}
