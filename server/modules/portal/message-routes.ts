import { portalMessages } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { routes } from '#kit/module.ts';
import { refuseInactive } from '../customers/index.ts';
import {
  listInbox,
  readInbox,
  readInboxMessage,
  setPreferences,
  showPreferences,
} from '../notifications/index.ts';

/** What customers were told, and how they want to be. */
export function messageRoutes(kit: Kit) {
  return routes(portalMessages, {
    showOwnPreferences: (_, { customer }) => showPreferences(kit.db, customer.customerId),
    setOwnPreferences: ({ body }, call) => {
      refuseInactive(call);
      return setPreferences(kit, call.author, call.customer.customerId, body);
    },
    listOwnMessages: async ({ query }, call) =>
      paginate(call, query, await listInbox(kit.db, call.customer.customerId, query), (item) => item),
    readOwnMessage: async ({ params }, { customer }) => {
      if (!(await readInboxMessage(kit, customer.customerId, params.id))) throw new AppError('not_found');
      return undefined;
    },
    readAllOwnMessages: async (_, { customer }) => ({ read: await readInbox(kit, customer.customerId) }),
  });
}
