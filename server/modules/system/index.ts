import { system } from '#contract';
import { inTransaction } from '#kit/db.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import { recordChanges } from '../audit/index.ts';

/** The installation itself: whether it takes writes. */
export function systemModule(kit: Kit, readOnly: ReadOnlyMode): Module {
  return {
    name: 'system',
    routes: routes(system, {
      showReadOnly: () => readOnly.state(),
      setReadOnly: async ({ body }, call) => {
        const before = await readOnly.state();
        await inTransaction(kit.db, async (tx) => {
          await readOnly.set(tx, body.read_only, body.reason ?? null);
          const after = { read_only: body.read_only, reason: body.reason ?? null };
          await recordChanges(tx, kit.clock, call.author, [
            { action: 'system.read_only', subjectType: 'system', subjectId: null, before, after },
          ]);
        });
        return readOnly.state();
      },
    }),
  };
}
