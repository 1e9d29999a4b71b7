import { alerts } from './alerts.ts';
import { audit } from './audit.ts';
import { billing } from './billing.ts';
import { billingRuns } from './billing-runs.ts';
import { cashDrawer } from './cash-drawer.ts';
import { catalog } from './catalog.ts';
import { creditNotes } from './credit-notes.ts';
import { customers } from './customers.ts';
import { dashboard } from './dashboard.ts';
import { documents } from './documents.ts';
import type { EndpointGroup, EndpointSpec } from './endpoint.ts';
import { fleet } from './fleet.ts';
import { funds } from './funds.ts';
import { midtrans, xendit } from './gateway-doors.ts';
import { gateways } from './gateways.ts';
import { identity } from './identity.ts';
import { ledger } from './ledger.ts';
import { licenseWire } from './license-wire.ts';
import { licensing } from './licensing.ts';
import { lifecycle } from './lifecycle.ts';
import { mikrotik } from './mikrotik.ts';
import { notice } from './notice.ts';
import { notificationSettings } from './notification-settings.ts';
import { notificationTemplates } from './notification-templates.ts';
import { notifications } from './notifications.ts';
import { organisation } from './organisation.ts';
import { ota } from './ota.ts';
import { ownLicenses } from './own-licenses.ts';
import { packageRequests } from './package-requests.ts';
import { payPage } from './pay-page.ts';
import { payments } from './payments.ts';
import { portal } from './portal.ts';
import { portalMessages } from './portal-messages.ts';
import { portalSignIn } from './portal-sign-in.ts';
import { preview } from './preview.ts';
import { charges, priceParts } from './price-parts.ts';
import { provisioning } from './provisioning.ts';
import { quota } from './quota.ts';
import { radius } from './radius.ts';
import { releases } from './releases.ts';
import { reports } from './reports.ts';
import { repositories } from './repositories.ts';
import { rollouts } from './rollouts.ts';
import { accountSync, routerAccounts } from './router-accounts.ts';
import { routerImports } from './router-import.ts';
import { routers } from './routers.ts';
import { subscriptions } from './subscriptions.ts';
import { system } from './system.ts';
import { taxes } from './taxes.ts';
import { ownTickets, tickets } from './tickets.ts';
import { trust } from './trust.ts';
import { usage } from './usage.ts';

/** Every group of endpoints, by name. One that is missing here is found by test/contract/declared.test.ts. */
export const endpointGroups = {
  system,
  audit,
  identity,
  organisation,
  customers,
  catalog,
  taxes,
  subscriptions,
  routerAccounts,
  priceParts,
  ledger,
  billing,
  charges,
  preview,
  lifecycle,
  billingRuns,
  creditNotes,
  payments,
  funds,
  cashDrawer,
  gateways,
  midtrans,
  xendit,
  payPage,
  documents,
  reports,
  routers,
  mikrotik,
  usage,
  provisioning,
  accountSync,
  routerImports,
  radius,
  notice,
  quota,
  trust,
  licensing,
  licenseWire,
  ownLicenses,
  fleet,
  rollouts,
  ota,
  alerts,
  ownTickets,
  tickets,
  portalSignIn,
  portal,
  portalMessages,
  packageRequests,
  notificationSettings,
  notificationTemplates,
  notifications,
  dashboard,
  releases,
  repositories,
} as const satisfies Record<string, EndpointGroup>;

export interface NamedEndpoint {
  /** The name of its handler, unique among all endpoints. */
  readonly name: string;
  readonly spec: EndpointSpec;
}

/** Every endpoint of the API, once. */
export const allEndpoints: readonly NamedEndpoint[] = Object.values(endpointGroups).flatMap((group) =>
  Object.entries(group).map(([name, spec]) => ({ name, spec })),
);
