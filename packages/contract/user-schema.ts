import { z } from 'zod';
import { instant } from './fields.ts';
import { permissions, roles } from './roles.ts';

/** A person who may sign in, as every answer shows them: never with a password or a secret. */
export const userSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    email: z.string(),
    email_verified_at: instant.nullable(),
    role: z.enum(roles),
    is_active: z.boolean(),
    two_factor_enabled: z.boolean(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'User' });

/** An API token or a browser session, without its secret. */
export const tokenSchema = z
  .object({
    id: z.number(),
    name: z.string(),
    kind: z.enum(['api', 'session']),
    abilities: z.array(z.string()),
    is_current: z.boolean(),
    last_used_at: instant.nullable(),
    expires_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: 'Token' });

export const passwordLength = { min: 10, max: 128 } as const;

/** A password that is being chosen; more rules (not the e-mail, not an obvious one) are the server's. */
export const newPassword = z.string().min(passwordLength.min).max(passwordLength.max);

/** A password that is being checked: long ones are simply wrong, but bounded. */
export const givenPassword = z.string().min(1).max(512);

/** A code of an authenticator app, or a recovery code. */
export const secondFactorCode = z.string().trim().min(6).max(40);

/** What a token may do; `*` means everything its user's role may. */
export const abilities = z
  .array(z.enum(['*', ...permissions]))
  .min(1)
  .max(permissions.length + 1);
