import { cashDrawer, funds, rolePermissions } from '#contract';
import { AppError } from '#kit/errors.ts';
import { holds, type SignedInCall } from '#kit/http/call.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import type { OnSubscriptionsChanged } from '../subscriptions/index.ts';
import { closeDrawer } from './close-drawer.ts';
import { listClosingRows, readDrawer, userExists } from './drawer-queries.ts';
import { moveFunds, reverseMovement } from './move-funds.ts';
import type { MovementKind } from './movements.ts';
import { presentMovement } from './present.ts';
import { listMovementRows, readFunds } from './queries.ts';

export { refuseFilledDrawer } from './close-drawer.ts';

export function fundsModule(kit: Kit, onChanged: OnSubscriptionsChanged): Module {
  const fundsOf = async (customerId: string) => {
    const found = await readFunds(kit.db, customerId);
    if (!found) throw new AppError('not_found');
    return found;
  };
  type Input = Parameters<typeof moveFunds>[5];
  const moving =
    (kind: MovementKind) =>
    async ({ params, body }: { params: { id: string }; body: Input }, call: SignedInCall) =>
      presentMovement(await moveFunds(kit, onChanged, call.author, params.id, kind, body));
  return {
    name: 'funds',
    routes: [
      ...routes(funds, {
        showFunds: ({ params }) => fundsOf(params.id),
        listFundMovements: async ({ params, query }, call) => {
          await fundsOf(params.id);
          return paginate(call, query, await listMovementRows(kit.db, params.id, query), presentMovement);
        },
        topUpBalance: moving('top_up'),
        refundBalance: moving('refund'),
        takeDeposit: moving('deposit'),
        returnDeposit: moving('deposit_return'),
        moveDeposit: moving('deposit_to_balance'),
        reverseFundMovement: async ({ params, body }, call) =>
          presentMovement(await reverseMovement(kit, onChanged, call.author, params.id, body.reason)),
      }),
      ...routes(cashDrawer, {
        showCashDrawer: (_, { actor }) => readDrawer(kit.db, actor.userId),
        closeCashDrawer: ({ body }, { actor, author }) => closeDrawer(kit, author, actor.userId, body),
        showUserCashDrawer: async ({ params }) => {
          if (!(await userExists(kit.db, params.id))) throw new AppError('not_found');
          return readDrawer(kit.db, params.id);
        },
        closeUserCashDrawer: async ({ params, body }, { author }) => {
          if (!(await userExists(kit.db, params.id))) throw new AppError('not_found');
          return closeDrawer(kit, author, params.id, body);
        },
        listCashClosings: async ({ query }, call) => {
          const all = holds(call.actor, 'cash:read', rolePermissions[call.actor.role]);
          const onlyOf = all ? undefined : call.actor.userId;
          return paginate(call, query, await listClosingRows(kit.db, query, onlyOf), (row) => row);
        },
      }),
    ],
  };
}
