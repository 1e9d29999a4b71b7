import type { z } from 'zod';
import type { Role, tokenSchema, userSchema } from '#contract';
import type { UserRow } from './queries.ts';
import type { TokenRow } from './token-queries.ts';

export type User = z.input<typeof userSchema>;

/** The column's check allows just the roles of the contract. */
export function roleOf(row: { readonly role: string }): Role {
  return row.role as Role;
}

export function presentUser(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    email_verified_at: row.email_verified_at,
    role: roleOf(row),
    is_active: row.is_active,
    two_factor_enabled: row.totp_confirmed_at !== null,
    created_at: row.created_at,
    updated_at: row.updated_at,
  };
}

export function presentToken(row: TokenRow, currentId: string): z.input<typeof tokenSchema> {
  return {
    id: Number(row.id),
    name: row.name,
    kind: row.kind,
    abilities: row.abilities ?? ['*'],
    is_current: row.id === currentId,
    last_used_at: row.last_used_at,
    expires_at: row.expires_at,
    created_at: row.created_at,
  };
}
