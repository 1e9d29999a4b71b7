import type { Kit } from '#kit/kit.ts';
import { createReadOnlyMode } from '#kit/read-only.ts';
import { alertsModule } from '../modules/alerts/index.ts';
import { auditModule } from '../modules/audit/index.ts';
import {
  type BillingHooks,
  billingModule,
  changePackage,
  invoiceUsed,
  logSubscriptionChanges,
  pendingChargesOf,
  previewBilling,
  type RunOptions,
  requestBillingRun,
  runBilling,
} from '../modules/billing/index.ts';
import { catalogModule } from '../modules/catalog/index.ts';
import { type CustomerHooks, customersModule } from '../modules/customers/index.ts';
import { dashboardModule } from '../modules/dashboard/index.ts';
import { documentsModule } from '../modules/documents/index.ts';
import { fundsModule, refuseFilledDrawer } from '../modules/funds/index.ts';
import { eraseGatewayLogsOf, gatewaysModule, payUrlsOf } from '../modules/gateways/index.ts';
import { authenticate, identityModule } from '../modules/identity/index.ts';
import { ledgerModule } from '../modules/ledger/index.ts';
import { eraseNotificationsOf, notificationsModule } from '../modules/notifications/index.ts';
import { organisationModule, readOrganisation } from '../modules/organisation/index.ts';
import {
  holdBalances,
  payFromBalance,
  payInvoiceFromBalance,
  paymentsModule,
  payOpenInvoices,
  presentedPaymentsOf,
  takePayment,
} from '../modules/payments/index.ts';
import {
  authenticateCustomer,
  erasePortalOf,
  type PortalHooks,
  portalModule,
} from '../modules/portal/index.ts';
import { reportsModule } from '../modules/reports/index.ts';
import {
  alignServicesOf,
  cancelAllOf,
  eraseCommentsOfCustomers,
  hasOpenSubscriptions,
  relationsOfCustomer,
  type SubscriptionHooks,
  subscriptionsModule,
} from '../modules/subscriptions/index.ts';
import { systemModule } from '../modules/system/index.ts';
import { eraseTicketsOf, ticketsModule } from '../modules/tickets/index.ts';
import type { Edition, EditionParts } from './edition.ts';
import { portalMessages } from './portal-messages.ts';
import { wakeSoon, wokenByJob, wokenByRoutes } from './wake-notices.ts';

/** The modules both editions run their business with, and an edition's own, wired together: whoever declares a hook is given it here. */
export function businessEdition(
  kit: Kit,
  name: Edition['name'],
  { own, hooks: ownHooks }: EditionParts,
): Edition {
  const readOnly = createReadOnlyMode(kit.db, kit.clock, kit.config.readOnly);
  const subscriptionHooks: SubscriptionHooks = {
    onChanged: (change) => [...logSubscriptionChanges(change), ...ownHooks.onSubscriptionsChanged(change)],
    afterStarted: requestBillingRun,
    pendingChargesOf,
    beforeCancelled: (tx, id, author) => invoiceUsed(kit, tx, id, author),
  };
  const { onChanged } = subscriptionHooks;
  const customerHooks: CustomerHooks = {
    relationsOf: relationsOfCustomer,
    hasOpenSubscriptions,
    beforeDelete: (tx, ids, author) => cancelAllOf(kit, tx, subscriptionHooks, ids, author),
    afterMoved: ownHooks.afterCustomersMoved,
    afterMembershipChanged: ownHooks.afterMembershipChanged,
    afterAnonymise: async (tx, ids) => {
      await eraseCommentsOfCustomers(tx, ids);
      await eraseNotificationsOf(tx, ids);
      await eraseTicketsOf(tx, ids);
      await eraseGatewayLogsOf(tx, ids);
      await erasePortalOf(tx, ids);
      await ownHooks.afterCustomersAnonymised(tx, ids);
    },
  };
  const billingHooks: BillingHooks = {
    onSubscriptionsChanged: onChanged,
    payFromBalances: (tx, use) => payFromBalance(tx, onChanged, use),
    holdBalances,
    paymentsOf: presentedPaymentsOf,
    payInvoiceFromBalance: (tx, author, id) => payInvoiceFromBalance(kit, tx, onChanged, author, id),
    payOpenInvoices: (author, id) => payOpenInvoices(kit, onChanged, author, id),
    payRest: async (author, id, details) => {
      await takePayment(kit, onChanged, author, { invoice_id: id, ...details });
      await wakeSoon(kit);
    },
  };
  const portalHooks: PortalHooks = {
    ...portalMessages(kit),
    payInvoice: async ({ invoiceId }) => {
      const url = (await payUrlsOf(kit, kit.db, [invoiceId])).get(invoiceId);
      return url === undefined ? undefined : { url, expires_at: null };
    },
    linesOf: ownHooks.linesOf,
    changePackage: (author, id, input, also) =>
      changePackage(kit, subscriptionHooks, author, id, input, also),
  };
  const modules = [
    systemModule(kit, readOnly),
    auditModule(kit, async () => (await readOrganisation(kit.db)).timezone),
    identityModule(kit, { beforeDelete: refuseFilledDrawer }),
    organisationModule(kit, { afterUpdated: ownHooks.afterOrganisationUpdated }),
    alertsModule(kit),
    customersModule(kit, customerHooks),
    catalogModule(kit, {
      afterUpdated: async (tx, before, after, at) => {
        if (before.type !== after.type) await alignServicesOf(tx, after.id, at);
        await ownHooks.afterPackageUpdated(tx, before, after, at);
      },
    }),
    wokenByRoutes(kit, subscriptionsModule(kit, subscriptionHooks, ownHooks)),
    ledgerModule(kit),
    wokenByJob(kit, billingModule(kit, readOnly, billingHooks), 'billing.run'),
    wokenByRoutes(kit, paymentsModule(kit, onChanged)),
    fundsModule(kit, onChanged),
    documentsModule(kit),
    wokenByJob(kit, gatewaysModule(kit, onChanged), 'gateways.process'),
    reportsModule(kit, readOnly),
    ...own(subscriptionHooks),
    notificationsModule(kit, readOnly, { paymentUrlsOf: (db, ids) => payUrlsOf(kit, db, ids) }),
    wokenByRoutes(kit, ticketsModule(kit)),
    portalModule(kit, portalHooks),
    dashboardModule(kit),
  ];
  return {
    name,
    modules,
    jobs: modules.flatMap((module) => module.jobs ?? []),
    authenticate: authenticate(kit),
    authenticateCustomer: authenticateCustomer(kit),
    readOnly,
    subscriptionHooks,
    runBilling: (options?: RunOptions) => runBilling(kit, billingHooks, options),
    previewBilling: (options) => previewBilling(kit, billingHooks, options),
  };
}
