export { socketUrl } from './connection.ts';
export { type EmbeddedOptions, type EmbeddedPostgres, FolderBusyError, startEmbedded } from './embedded.ts';
export { PostgresFault } from './postgres-fault.ts';
export { launcherFor } from './privileges.ts';
export { throwawaySettings } from './settings.ts';
