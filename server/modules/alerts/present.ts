import type { z } from 'zod';
import type { alertSchema } from '#contract';
import type { AlertRow } from './queries.ts';

export function presentAlert(row: AlertRow): z.input<typeof alertSchema> {
  type Alert = z.input<typeof alertSchema>;
  // The columns' checks allow just the contract's values.
  return { ...row, type: row.type as Alert['type'], severity: row.severity as Alert['severity'] };
}
