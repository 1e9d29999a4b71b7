import { sql } from 'kysely';

/**
 * Whether an open invoice is worth suspending for: less than one rupiah, left over by payments with decimals, is not
 * (field.md 2).
 */
export const isOwed = sql`amount - amount_paid >= 1`;
