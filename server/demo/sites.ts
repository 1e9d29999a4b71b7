/** The provider's two routers. */
export type Site = 'Pusat' | 'Cabang';

/** The first is the default. */
export const sites: readonly Site[] = ['Pusat', 'Cabang'];

/** What the branch covers; the rest of the towns is served from the centre. */
const ofBranch = ['Babakan Madang', 'Gunung Putri', 'Tajur Halang'];

/** The router that serves an address. */
export const siteOf = (address: string | null): Site =>
  ofBranch.some((town) => address?.endsWith(town)) ? 'Cabang' : 'Pusat';
