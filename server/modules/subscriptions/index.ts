import { subscriptions } from '#contract';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { accountRoutes } from './account-routes.ts';
import { cancelSubscription, showSecret, updateSubscription } from './change-subscription.ts';
import { createSubscription } from './create-subscription.ts';
import type { SubscriptionDetails, SubscriptionHooks } from './hooks.ts';
import { presentSecret, presentSubscription } from './present.ts';
import { runningParts } from './price-part-queries.ts';
import { pricePartRoutes } from './price-part-routes.ts';
import { presentDiscount } from './price-parts.ts';
import {
  findSubscription,
  listSubscriptionRows,
  secretsOfCustomer,
  subscriptionsOfCustomer,
} from './queries.ts';
import { activateSubscription, suspendSubscription } from './suspend-activate.ts';

export { findAccount } from './account-queries.ts';
export { updateAccount } from './accounts.ts';
export { addPastSubscriptions, type PastSubscription } from './add-past.ts';
export { changePrice, refuseTooDear, refuseTooMany } from './change-price.ts';
export { cancelAllOf, changeOneIn, requireUsername } from './change-subscription.ts';
export { activePackage, usernameTaken } from './create-subscription.ts';
export type {
  ChangeKind,
  OnSubscriptionsChanged,
  SubscriptionDetails,
  SubscriptionHooks,
  SubscriptionsChange,
} from './hooks.ts';
export { importCustomers } from './import-customers.ts';
export { lockImports, ownersOfUsernames } from './import-queries.ts';
export { usernameProposals } from './import-usernames.ts';
export {
  advanceJointStatement,
  anyoneWantsJoint,
  apartFromJoint,
  expirableOf,
  jointlyDueIds,
  neighboursOf,
  nextJointPeriodsStatement,
  renewableOf,
  withinReach,
} from './joint-queries.ts';
export {
  alignServicesOf,
  alignServicesStatement,
  cancelEndedStatement,
  cancellationsDue,
  dropSecretsStatement,
  pausesToEnd,
  setCancelReason,
  setCancelRequest,
  setNextPackage,
  switchPackageOf,
  switchPackagesStatement,
} from './lifecycle-queries.ts';
export { newRouterPassword } from './password.ts';
export { keepSubscription, pauseSubscription } from './pause-subscription.ts';
export { presentSubscription } from './present.ts';
export {
  alignSecret,
  cancelRows,
  eraseCommentsOfCustomers,
  findSecret,
  findSubscription,
  hasOpenSubscriptions,
  lockSubscription,
  namedStatements,
  resumeOne,
  type SubscriptionWithRelations,
  subscriptionsAtAddress,
  takenUsernames,
  updateSubscriptionRow,
} from './queries.ts';
export { serviceOf } from './rules.ts';
export {
  addDaysStatement,
  advanceOneStatement,
  advanceStatement,
  advanceUsedStatement,
  expireStatement,
  extendStatement,
  lockAllStatement,
  lockStatement,
  nextPeriodStatement,
  type Reach,
  releaseStatement,
  resumeStatement,
  shortenStatement,
  suspendStatement,
} from './set-queries.ts';
export { type TakenOver, takeOverAccounts } from './take-over.ts';

/** Subscriptions with packages, and router accounts, of one customer: for the customer's own answer. */
export async function relationsOfCustomer(db: Kit['db'], customerId: string) {
  const [open, secrets] = await Promise.all([
    subscriptionsOfCustomer(db, customerId),
    secretsOfCustomer(db, customerId),
  ]);
  return { subscriptions: open.map(presentSubscription), secrets: secrets.map(presentSecret) };
}

export function subscriptionsModule(
  kit: Kit,
  hooks: SubscriptionHooks,
  details: SubscriptionDetails,
): Module {
  return {
    name: 'subscriptions',
    routes: [
      ...subscriptionRoutes(kit, hooks, details),
      ...accountRoutes(kit, hooks),
      ...pricePartRoutes(kit),
    ],
  };
}

function subscriptionRoutes(kit: Kit, hooks: SubscriptionHooks, details: SubscriptionDetails) {
  return routes(subscriptions, {
    listSubscriptions: async ({ query }, call) =>
      paginate(call, query, await listSubscriptionRows(kit.db, query), presentSubscription),
    createSubscription: async ({ body }, call) =>
      presentSubscription(await createSubscription(kit, hooks, call.author, body)),
    showSubscription: async ({ params }) => {
      const row = await findSubscription(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return { ...presentSubscription(row), ...(await partsOf(kit, hooks, details, row.id)) };
    },
    updateSubscription: async ({ params, body }, call) =>
      presentSubscription(await updateSubscription(kit, hooks, call.author, params.id, body)),
    deleteSubscription: async ({ params }, call) => cancelSubscription(kit, hooks, call.author, params.id),
    suspendSubscription: async ({ params }, call) =>
      presentSubscription(await suspendSubscription(kit, hooks, call.author, params.id)),
    activateSubscription: async ({ params, body }, call) =>
      presentSubscription(await activateSubscription(kit, hooks, call.author, params.id, body?.until)),
    showSubscriptionSecret: async ({ params }, call) => {
      const secret = await showSecret(kit, call.author, params.id);
      return {
        username: secret.username,
        password: secret.password,
        service: presentSecret(secret).service,
      };
    },
  });
}

/** What the next invoices of a subscription are made of beside the package. */
async function partsOf(kit: Kit, hooks: SubscriptionHooks, details: SubscriptionDetails, id: string) {
  const [discounts, addons, charges, provisioning] = await Promise.all([
    runningParts(kit.db, 'subscription_discounts', id),
    runningParts(kit.db, 'subscription_addons', id),
    hooks.pendingChargesOf(kit.db, id),
    details.provisioningOf(kit.db, id),
  ]);
  return { discounts: discounts.map(presentDiscount), addons, charges, provisioning };
}
