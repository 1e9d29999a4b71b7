import { vendorEdition, vendorHooks } from '../../server/editions/vendor.ts';
import { type TestApp, type TestAppOptions, testApp } from '../support/test-app.ts';
import { newSet, type OfflineSet, setUp, signAll } from './signers.ts';

export interface WholeVendor extends TestApp {
  readonly set: OfflineSet;
  /** As ten minutes later, after so many days. */
  watch(days?: number): Promise<void>;
  /** Signs everything that waits, with all keys. */
  sign(): Promise<void>;
}

/** The vendor's edition as it is, with keys that are set up. */
export async function wholeVendor(options: TestAppOptions = {}): Promise<WholeVendor> {
  const nadi = await testApp({ ...options, edition: vendorEdition });
  const { trust } = vendorHooks(nadi.kit);
  const set = newSet();
  await setUp(nadi.kit, trust, set);
  const job = nadi.edition.jobs.find(({ name }) => name === 'trust.watch');
  return {
    ...nadi,
    set,
    async watch(days = 0) {
      nadi.clock.advance({ hours: 24 * days });
      await job?.run({}, new AbortController().signal);
    },
    sign: async () => void (await signAll(nadi.kit, trust, set)),
  };
}
