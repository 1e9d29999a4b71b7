import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { line } from './fields.ts';

const readOnlySchema = z.object({ read_only: z.boolean(), reason: z.string().nullable() });

export const system = {
  showReadOnly: endpoint({
    method: 'GET',
    path: '/api/system/read-only',
    tag: 'System',
    summary: 'Whether writes are refused, and why',
    permission: 'any',
    status: 200,
    response: readOnlySchema,
    errors: [],
  }),
  setReadOnly: endpoint({
    method: 'PUT',
    path: '/api/system/read-only',
    tag: 'System',
    summary: 'Refuse all writes, or allow them again',
    permission: 'system:write',
    body: z.strictObject({ read_only: z.boolean(), reason: line(200).nullable().optional() }),
    status: 200,
    response: readOnlySchema,
    errors: [],
    allowedReadOnly: true,
  }),
};
