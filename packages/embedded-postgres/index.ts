export { findBinaries, linkLibraries } from './binaries.ts';
export { socketUrl } from './connection.ts';
export { type EmbeddedOptions, type EmbeddedPostgres, startEmbedded } from './embedded.ts';
export { FolderBusyError } from './folder-busy.ts';
export { PostgresFault } from './postgres-fault.ts';
export { launcherFor } from './privileges.ts';
export { replaceCluster } from './replace.ts';
export { throwawaySettings } from './settings.ts';
