import { z } from 'zod';

// What a variable of the environment may be.

export const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .default('false')
  .transform((value) => value === 'true' || value === '1');
const portFault = { error: 'must be a port number from 1 to 65535' };
export const port = z.coerce.number(portFault).int(portFault).min(1, portFault).max(65_535, portFault);
export const text = z.string().trim();
export const optionalText = text.optional().transform((value) => value || undefined);

export const optionalUrl = z.preprocess(
  (value) => value || undefined,
  z
    .url({ protocol: /^https?$/ })
    .transform((value) => value.replace(/\/+$/, ''))
    .optional(),
);
