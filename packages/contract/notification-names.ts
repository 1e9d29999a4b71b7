import { alertTypes } from './alerts.ts';

/** What customers are told. Of `sign_in_code` and `portal_invited` nobody can opt out. */
export const customerEvents = [
  'invoice_issued',
  'invoice_reminder',
  'invoice_due',
  'invoice_overdue',
  'payment_received',
  'service_suspended',
  'service_resumed',
  'quota_threshold',
  'ticket_replied',
  'portal_invited',
  'sign_in_code',
] as const;
export type CustomerEvent = (typeof customerEvents)[number];

/** What a customer may choose not to be told. */
export const mutableEvents = [
  'invoice_issued',
  'invoice_reminder',
  'invoice_due',
  'invoice_overdue',
  'payment_received',
  'service_suspended',
  'service_resumed',
  'quota_threshold',
  'ticket_replied',
] as const satisfies readonly CustomerEvent[];

/** What staff can be told: every type of alert, what happens in the business, and `all` of it. */
export const staffEvents = [
  'all',
  ...alertTypes,
  'invoice_issued',
  'payment_received',
  'service_suspended',
  'service_resumed',
] as const;

export const settingChannels = ['telegram', 'email', 'webhook', 'slack', 'whatsapp'] as const;
export const customerChannels = ['whatsapp', 'email', 'in_app'] as const;
export const messageChannels = ['telegram', 'email', 'webhook', 'slack', 'whatsapp', 'in_app'] as const;
export const messageStates = ['waiting', 'sent', 'dead', 'dropped'] as const;

export type SettingChannel = (typeof settingChannels)[number];
export type CustomerChannel = (typeof customerChannels)[number];
export type MessageChannel = (typeof messageChannels)[number];
