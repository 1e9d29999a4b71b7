import { customerEvents, notificationSettings, notifications, notificationTemplates } from '#contract';
import type { Tx } from '#kit/db.ts';
import { AppError } from '#kit/errors.ts';
import { paginate } from '#kit/http/paginate.ts';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import type { ReadOnlyMode } from '#kit/read-only.ts';
import { updateRules } from './change-rules.ts';
import { createSetting, deleteSetting, updateSetting } from './change-setting.ts';
import { createTemplate, deleteTemplate, previewTemplate, updateTemplate } from './change-template.ts';
import { eventVariables } from './events.ts';
import type { NotificationHooks } from './hooks.ts';
import { notificationJobs } from './jobs.ts';
import { eraseMessagesOf, failingLanes, findMessage, listMessageRows } from './message-queries.ts';
import { erasePreferencesOf } from './preference-queries.ts';
import { setPreferences, showPreferences } from './preferences.ts';
import { presentMessage, presentRules, presentSetting, presentTemplate } from './present.ts';
import { resendMany, resendOne } from './resend.ts';
import { readRules } from './rules-queries.ts';
import { findSetting, listSettingRows } from './setting-queries.ts';
import { findTemplate, listTemplateRows } from './template-queries.ts';
import { testSetting } from './test-setting.ts';
import { defaultTexts } from './texts.ts';

export type { NotificationHooks } from './hooks.ts';
export { listInbox, readInbox, readInboxMessage } from './inbox.ts';
export { wakeNotices } from './jobs.ts';
export { noticeAll, tellCustomers } from './notice.ts';
export { forgetPast } from './notice-queries.ts';
export { changePreferences, setPreferences, showPreferences } from './preferences.ts';
export { queueMessage } from './queue-message.ts';
export { sendLane } from './send.ts';

/** Erases what messages and preferences tell of customers who were anonymised. */
export async function eraseNotificationsOf(tx: Tx, customerIds: readonly string[]): Promise<void> {
  await eraseMessagesOf(tx, customerIds);
  await erasePreferencesOf(tx, customerIds);
}

/** Tells customers and staff what happened (spec 3, NotificationService): what it is told of is read from the others' tables. */
export function notificationsModule(kit: Kit, readOnly: ReadOnlyMode, hooks: NotificationHooks): Module {
  return {
    name: 'notifications',
    jobs: notificationJobs(kit, readOnly, hooks),
    routes: [...settingRoutes(kit), ...templateRoutes(kit), ...otherRoutes(kit)],
  };
}

const settingRoutes = (kit: Kit) =>
  routes(notificationSettings, {
    listNotificationSettings: async ({ query }, call) =>
      paginate(call, query, await listSettingRows(kit.db, query), presentSetting),
    createNotificationSetting: async ({ body }, call) =>
      presentSetting(await createSetting(kit, call.author, body)),
    showNotificationSetting: async ({ params }) => {
      const row = await findSetting(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentSetting(row);
    },
    updateNotificationSetting: async ({ params, body }, call) =>
      presentSetting(await updateSetting(kit, call.author, params.id, body)),
    deleteNotificationSetting: ({ params }, call) => deleteSetting(kit, call.author, params.id),
    testNotificationSetting: ({ params }, call) => testSetting(kit, params.id, call.language),
  });

const templateRoutes = (kit: Kit) =>
  routes(notificationTemplates, {
    listNotificationEvents: async () => ({
      data: customerEvents.map((event) => ({
        event,
        variables: Object.keys(eventVariables[event]),
        texts: (['id', 'en'] as const).map((language) => ({ language, ...defaultTexts[language][event] })),
      })),
    }),
    listNotificationTemplates: async ({ query }, call) =>
      paginate(call, query, await listTemplateRows(kit.db, query), presentTemplate),
    createNotificationTemplate: async ({ body }, call) =>
      presentTemplate(await createTemplate(kit, call.author, body)),
    showNotificationTemplate: async ({ params }) => {
      const row = await findTemplate(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentTemplate(row);
    },
    updateNotificationTemplate: async ({ params, body }, call) =>
      presentTemplate(await updateTemplate(kit, call.author, params.id, body)),
    deleteNotificationTemplate: ({ params }, call) => deleteTemplate(kit, call.author, params.id),
    previewNotification: ({ body }) => previewTemplate(kit.db, body),
  });

const otherRoutes = (kit: Kit) =>
  routes(notifications, {
    showNotificationRules: async () => presentRules(await readRules(kit.db)),
    updateNotificationRules: async ({ body }, call) =>
      presentRules(await updateRules(kit, call.author, body)),
    showNotificationPreferences: ({ params }) => showPreferences(kit.db, params.id),
    setNotificationPreferences: ({ params, body }, call) => setPreferences(kit, call.author, params.id, body),
    listNotificationMessages: async ({ query }, call) =>
      paginate(call, query, await listMessageRows(kit.db, query), presentMessage),
    showNotificationMessage: async ({ params }) => {
      const row = await findMessage(kit.db, params.id);
      if (!row) throw new AppError('not_found');
      return presentMessage(row);
    },
    resendNotificationMessage: async ({ params }, call) =>
      presentMessage(await resendOne(kit, call.author, params.id)),
    resendNotificationMessages: async ({ body }, call) => ({
      resent: await resendMany(kit, call.author, body),
    }),
    listNotificationLanes: async () => ({ data: await failingLanes(kit.db) }),
  });
