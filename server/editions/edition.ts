import type { Authenticate, AuthenticateCustomer } from '#kit/http/authorise.ts';
import type { Job } from '#kit/jobs.ts';
import type { Kit } from '#kit/kit.ts';
import type { Module } from '#kit/module.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import type { previewBilling, RunOptions, RunResult } from '../modules/billing/index.ts';
import type { SubscriptionHooks } from '../modules/subscriptions/index.ts';
import type { OwnHooks } from './own-hooks.ts';

/** One of the two products made of the modules: what the server serves, and what commands call directly. */
export interface Edition {
  readonly name: 'provider' | 'vendor';
  readonly modules: readonly Module[];
  readonly jobs: readonly Job[];
  readonly authenticate: Authenticate;
  readonly authenticateCustomer: AuthenticateCustomer;
  readonly readOnly: ReadOnlyMode;
  readonly subscriptionHooks: SubscriptionHooks;
  readonly runBilling: (options?: RunOptions) => Promise<RunResult>;
  readonly previewBilling: (
    options: Parameters<typeof previewBilling>[2],
  ) => ReturnType<typeof previewBilling>;
}

export type BuildEdition = (kit: Kit) => Edition;

/** What an edition has beside the business: modules of its own, and what changes of the business mean to them. */
export interface EditionParts {
  readonly own: (hooks: SubscriptionHooks) => readonly Module[];
  readonly hooks: OwnHooks;
}
