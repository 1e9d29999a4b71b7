import { z } from 'zod';
import { endpoint, fileSchema } from './endpoint.ts';

/** Where isolated customers are led to. */
export const noticePath = '/isolir';

export const notice = {
  showNotice: endpoint({
    method: 'GET',
    path: noticePath,
    tag: 'Notice page',
    summary:
      'A page for isolated customers: what is owed and how to pay, found by the address they call from; general words for others',
    permission: 'public',
    query: z.strictObject({
      /** Otherwise what the browser asks for, or the organisation's. */
      language: z.enum(['id', 'en']).optional(),
    }),
    status: 200,
    response: fileSchema,
    produces: ['text/html'],
    errors: [],
    // Phones behind one address ask for many things at once.
    rateLimit: 300,
  }),
  showNoticeLogo: endpoint({
    method: 'GET',
    path: `${noticePath}/logo`,
    tag: 'Notice page',
    summary: 'The logo on the notice page',
    permission: 'public',
    status: 200,
    response: fileSchema,
    produces: ['image/png', 'image/jpeg'],
    errors: ['not_found'],
    rateLimit: 300,
  }),
};
