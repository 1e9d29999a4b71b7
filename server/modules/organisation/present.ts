import type { z } from 'zod';
import type { fileSchema, lateFeeKinds, logoSchema, organisationSchema, suspendModes } from '#contract';
import type { LogoRow } from './logo-queries.ts';
import type { OrganisationRow } from './queries.ts';

export function presentOrganisation({ id: _, ...row }: OrganisationRow): z.input<typeof organisationSchema> {
  // The columns' checks allow just these.
  return {
    ...row,
    language: row.language as 'id' | 'en',
    suspend_mode: row.suspend_mode as (typeof suspendModes)[number],
    late_fee_kind: row.late_fee_kind as (typeof lateFeeKinds)[number],
  };
}

export function presentLogo({ image: _, ...row }: LogoRow): z.input<typeof logoSchema> {
  return { ...row, media_type: typeOf(row) };
}

export function presentLogoFile(row: LogoRow): z.input<typeof fileSchema> {
  const type = typeOf(row);
  return { type, bytes: row.image, filename: type === 'image/png' ? 'logo.png' : 'logo.jpg' };
}

function typeOf(row: Pick<LogoRow, 'media_type'>): 'image/png' | 'image/jpeg' {
  return row.media_type === 'image/png' ? 'image/png' : 'image/jpeg'; // The column's check allows just these two.
}
