import { z } from 'zod';
import { digits } from './fields.ts';

/** Rows that `page` may skip; beyond it `cursor` is the way (decisions.md: deep paging). */
export const deepestOffset = 10_000;

/** The query every list takes besides its own filters. */
export const pageQuery = {
  page: digits(1, deepestOffset).default(1),
  per_page: digits(1, 100).default(20),
  cursor: z.string().min(1).max(200).optional(),
};

const link = z.object({ url: z.string().nullable(), label: z.string(), active: z.boolean() });

/** Laravel's paginator in full, plus `next_cursor` and `total_is_estimate` (decisions.md, Everywhere). */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    current_page: z.number(),
    first_page_url: z.string(),
    from: z.number().nullable(),
    last_page: z.number(),
    last_page_url: z.string(),
    links: z.array(link),
    next_page_url: z.string().nullable(),
    path: z.string(),
    per_page: z.number(),
    prev_page_url: z.string().nullable(),
    to: z.number().nullable(),
    total: z.number(),
    total_is_estimate: z.boolean(),
    next_cursor: z.string().nullable(),
  });
