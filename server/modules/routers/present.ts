import type { z } from 'zod';
import type { routerSchema } from '#contract';
import type { RouterRow } from './queries.ts';

type Router = z.input<typeof routerSchema>;

/** Without its secrets. */
export function presentRouter({ password: _, radius_secret: secret, ...row }: RouterRow): Router {
  return {
    ...row,
    // The column's check allows just the contract's values, and only the contract writes code pages.
    tls_trust: row.tls_trust as Router['tls_trust'],
    code_page: row.code_page as Router['code_page'],
    has_radius: secret !== null,
  };
}
