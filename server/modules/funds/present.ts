import type { z } from 'zod';
import type { fundMovementSchema } from '#contract';
import type { MovementWithReversal } from './queries.ts';

type Movement = z.input<typeof fundMovementSchema>;

export function presentMovement(row: MovementWithReversal): Movement {
  // The columns' checks allow just the contract's values.
  return { ...row, kind: row.kind as Movement['kind'], method: row.method as Movement['method'] };
}
