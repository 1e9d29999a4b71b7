import type { z } from 'zod';
import type { organisationSchema } from '#contract';
import type { OrganisationRow } from './queries.ts';

export function presentOrganisation({ id: _, ...row }: OrganisationRow): z.input<typeof organisationSchema> {
  // The column's check allows just these two.
  return { ...row, language: row.language as 'id' | 'en' };
}
