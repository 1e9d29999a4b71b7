/** What secrets of this module are sealed for, so that none opens as another. */
export const sealedFor = {
  secret: (id: string) => `radius_settings.secret:${id}`,
};
