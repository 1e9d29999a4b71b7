/** What the routers' own API does for this module. Each asks a router once for all. */
export interface RadiusHooks {
  /**
   * Ends the sessions of these users, where they did not end when RADIUS asked; gives back those who have none on the router
   * any more.
   */
  readonly disconnectByApi: (routerId: string, usernames: readonly string[]) => Promise<ReadonlySet<string>>;
  /** The speed, upload/download, that each session has as the router says; without those of whom it cannot be told. */
  readonly speedsByApi: (
    routerId: string,
    usernames: readonly string[],
  ) => Promise<ReadonlyMap<string, string>>;
}
