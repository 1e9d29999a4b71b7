import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { idParams, instant, queryBoolean } from './fields.ts';
import { notificationPreferencesSchema, preferencesBody } from './notifications.ts';
import { pageOf, pageQuery } from './page.ts';

/** What a customer was told, in the words of the channel `in_app`, whatever way it went. */
export const portalMessageSchema = z
  .object({
    id: z.uuid(),
    event: z.string(),
    subject: z.string(),
    body: z.string(),
    read_at: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: 'PortalMessage' });

const tag = 'Portal messages';

export const portalMessages = {
  showOwnPreferences: endpoint({
    method: 'GET',
    path: '/api/portal/preferences',
    tag,
    summary: 'How one wants to be told: channels, language, and what not',
    permission: 'customer',
    status: 200,
    response: notificationPreferencesSchema,
    errors: [],
  }),
  setOwnPreferences: endpoint({
    method: 'PUT',
    path: '/api/portal/preferences',
    tag,
    summary: 'Change how one wants to be told; fields left out stay as they are',
    permission: 'customer',
    body: preferencesBody,
    status: 200,
    response: notificationPreferencesSchema,
    errors: ['customer_inactive'],
  }),
  listOwnMessages: endpoint({
    method: 'GET',
    path: '/api/portal/messages',
    tag,
    summary: 'What one was told, newest first; codes are not among it',
    permission: 'customer',
    query: z.strictObject({ ...pageQuery, unread: queryBoolean.optional() }),
    status: 200,
    response: pageOf(portalMessageSchema),
    errors: [],
  }),
  readOwnMessage: endpoint({
    method: 'POST',
    path: '/api/portal/messages/:id/read',
    tag,
    summary: 'Note that one read a message; one that was read before stays so',
    permission: 'customer',
    params: idParams,
    status: 204,
    response: z.void(),
    errors: ['not_found'],
  }),
  readAllOwnMessages: endpoint({
    method: 'POST',
    path: '/api/portal/messages/read-all',
    tag,
    summary: 'Note that one read all messages',
    permission: 'customer',
    status: 200,
    response: z.object({ read: z.number() }),
    errors: [],
  }),
};
