/** What secrets of this module are sealed for, so that none opens as another. */
export const sealedFor = {
  setting: (id: string) => `notification_settings.secret:${id}`,
  message: (id: string) => `notification_messages.sealed:${id}`,
};
