import type { CatalogHooks } from '../modules/catalog/index.ts';
import type { CustomerHooks } from '../modules/customers/index.ts';
import type { OrganisationHooks } from '../modules/organisation/index.ts';
import type { PortalHooks } from '../modules/portal/index.ts';
import type { OnSubscriptionsChanged, SubscriptionDetails } from '../modules/subscriptions/index.ts';

/** What changes of the business mean to an edition's own modules. */
export interface OwnHooks {
  readonly onSubscriptionsChanged: OnSubscriptionsChanged;
  readonly provisioningOf: SubscriptionDetails['provisioningOf'];
  readonly afterCustomersMoved: CustomerHooks['afterMoved'];
  readonly afterMembershipChanged: CustomerHooks['afterMembershipChanged'];
  readonly afterCustomersAnonymised: CustomerHooks['afterAnonymise'];
  readonly afterPackageUpdated: CatalogHooks['afterUpdated'];
  readonly afterOrganisationUpdated: OrganisationHooks['afterUpdated'];
  readonly linesOf: PortalHooks['linesOf'];
}

const nothing = async () => {};
/** For an edition whose modules do nothing when such a thing changes. */
export const noHooks: OwnHooks = {
  onSubscriptionsChanged: () => [],
  provisioningOf: async () => [],
  afterCustomersMoved: nothing,
  afterMembershipChanged: nothing,
  afterCustomersAnonymised: nothing,
  afterPackageUpdated: nothing,
  afterOrganisationUpdated: nothing,
  linesOf: async () => new Map(),
};
