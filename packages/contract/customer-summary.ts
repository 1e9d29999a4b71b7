import { z } from 'zod';

/** The customer inside another answer. */
export const customerSummarySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
});
