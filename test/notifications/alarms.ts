import { instantText } from '#kit/clock.ts';
import { type NewAlert, raiseAlerts } from '../../server/modules/alerts/index.ts';
import type { TestApp } from '../support/test-app.ts';

/** Raises an alert now; one of a router says which by its name. */
export async function alarm(
  nadi: TestApp,
  ...alerts: readonly (Partial<NewAlert> & { readonly router?: string; readonly behind?: string })[]
): Promise<void> {
  const list = alerts.map(
    ({ router, behind, ...given }): NewAlert => ({
      type: 'device_down',
      severity: given.type === 'device_up' ? 'info' : 'critical',
      title: router ?? 'Alarm',
      message: given.type === 'device_up' ? 'hidup lagi' : 'mati',
      ...(router === undefined ? {} : { subject: `router:${router}` }),
      ...(behind === undefined ? {} : { parent: `router:${behind}` }),
      ...given,
    }),
  );
  await raiseAlerts(nadi.kit.db, list, instantText(nadi.clock.now()));
}
