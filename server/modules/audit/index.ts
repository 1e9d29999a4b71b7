import { audit } from '#contract';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { listAuditRows } from './queries.ts';

export { runAuditStatement } from './queries.ts';
export { type Change, recordChanges } from './record-change.ts';

/** `timeZone` finds the organisation's, in whose dates the log is filtered. */
export function auditModule(kit: Kit, timeZone: () => Promise<string>): Module {
  return {
    name: 'audit',
    routes: routes(audit, {
      listAuditLogs: async ({ query }, call) =>
        paginate(call, query, await listAuditRows(kit.db, query, await timeZone()), (row) => row),
    }),
  };
}
