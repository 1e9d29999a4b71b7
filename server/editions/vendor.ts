import { businessEdition } from './business.ts';
import type { BuildEdition } from './edition.ts';

/** What the vendor runs: the same business, whose packages are licenses. */
export const vendorEdition: BuildEdition = (kit) => businessEdition(kit, 'vendor');
