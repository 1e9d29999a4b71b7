/** What a router's secrets are sealed for, so that none opens as another. */
export const sealedFor = {
  password: (id: string) => `router_settings.password:${id}`,
  radius_secret: (id: string) => `router_settings.radius_secret:${id}`,
};
