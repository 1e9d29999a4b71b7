import type { Kit } from '#kit/kit.ts';
import { payUrlsOf } from '../modules/gateways/index.ts';
import { type NoticeHooks, noticeModule } from '../modules/notice/index.ts';
import {
  entryHooks,
  isolatedAt,
  markStatement,
  provisioningHooks,
  provisioningModule,
} from '../modules/provisioning/index.ts';
import { type QuotaHooks, quotaMarks, quotaModule } from '../modules/quota/index.ts';
import {
  accountedSessions,
  checkChanged,
  checkPackage,
  checkStatement,
  endSessionsOf,
  type RadiusHooks,
  radiusModule,
  sessionsAtAddress,
  uncountedOf,
} from '../modules/radius/index.ts';
import { endedOnRouter, type RouterHooks, routersModule, sessionSpeeds } from '../modules/routers/index.ts';
import { subscriptionsAtAddress } from '../modules/subscriptions/index.ts';
import { afterRoutersChanged, linesOf, type UsageHooks, usageModule } from '../modules/usage/index.ts';
import { businessEdition } from './business.ts';
import type { BuildEdition, EditionParts } from './edition.ts';
import { noHooks } from './own-hooks.ts';

/** What an internet provider runs. */
export const providerEdition: BuildEdition = (kit) => businessEdition(kit, 'provider', providerParts(kit));

/** What runs a network, beside the business. */
export function providerParts(kit: Kit): EditionParts {
  const radiusHooks: RadiusHooks = {
    disconnectByApi: (router, usernames) => endedOnRouter(kit, router, usernames),
    speedsByApi: (router, usernames) => sessionSpeeds(kit, router, usernames),
  };
  const usageHooks: UsageHooks = {
    accountedSessions,
    uncountedOf,
    endAccounted: (subscriptionId) => endSessionsOf(kit, radiusHooks, subscriptionId),
  };
  const routerHooks: RouterHooks = {
    ...provisioningHooks.routers,
    afterChanged: async (tx) => {
      await provisioningHooks.routers.afterChanged(tx);
      await afterRoutersChanged(tx);
    },
  };
  const noticeHooks: NoticeHooks = {
    addressSources: [sessionsAtAddress, subscriptionsAtAddress],
    askRouters: isolatedAt(kit),
    paymentUrlsOf: (db, ids) => payUrlsOf(kit, db, ids),
  };
  return {
    own: (hooks) => [
      routersModule(kit, routerHooks, entryHooks(kit, hooks)),
      usageModule(kit, usageHooks),
      provisioningModule(kit, hooks),
      radiusModule(kit, radiusHooks),
      noticeModule(kit, noticeHooks),
      quotaModule(kit, quotaHooks),
    ],
    hooks: {
      ...noHooks,
      ...provisioningHooks,
      linesOf: linesOf(kit, usageHooks),
      afterMembershipChanged: quotaMarks.afterMembershipChanged,
      onSubscriptionsChanged: (change) => [
        ...provisioningHooks.onSubscriptionsChanged(change),
        ...checkChanged(change),
        ...quotaMarks.onSubscriptionsChanged(change),
      ],
      afterPackageUpdated: async (tx, before, after, at) => {
        await provisioningHooks.afterPackageUpdated(tx, before, after, at);
        await checkPackage(tx, before, after, at);
        await quotaMarks.afterPackageUpdated(tx, before, after);
      },
    },
  };
}

/** Routers and running sessions follow what a quota takes or gives back. */
export const quotaHooks: QuotaHooks = {
  onLimitsChanged: (touched, at) => [markStatement(touched, at), checkStatement(touched, at)],
};
