/** The modules of both editions in one server, so that what holds for every endpoint is tried once, with one set of things. */
export { wholeEdition } from '../../server/editions/whole.ts';
