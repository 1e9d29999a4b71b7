export { type ClientOptions, openClient, type UpdateClient } from './client/client.ts';
export { FetchError, type FetchLimits, usualLimits } from './client/fetcher.ts';
export { StoreError } from './client/store.ts';
export {
  type Document,
  DocumentError,
  type DocumentFault,
  type Expected,
  verifyDocument,
} from './documents/document.ts';
export * from './release/index.ts';
export { canonicalBytes } from './tuf/canonical.ts';
export {
  canSign,
  type KeyFile,
  KeyFileError,
  makeKeyFile,
  type OfflineRole,
  offlineRoles,
  openKeyFile,
  publicHalfOf,
  readKeyFile,
} from './tuf/key-file.ts';
export {
  jwkOf,
  keyIdOf,
  keyObjectOf,
  keyOfSecret,
  makeKey,
  type PublicKey,
  type SigningKey,
  secretOf,
} from './tuf/keys.ts';
export {
  type DocumentRole,
  documentRoles,
  type Metadata,
  metadataBytes,
  type RootMetadata,
  roleOfDocuments,
  roleOfRoot,
  rootMetadata,
  sameSigned,
  snapshotMetadata,
  type Target,
  type TargetsMetadata,
  targetsMetadata,
  timestampMetadata,
} from './tuf/metadata.ts';
export {
  type Envelope,
  isSignedBy,
  type RoleKeys,
  type Signature,
  signaturesOf,
  signersOf,
  withSignatures,
} from './tuf/signing.ts';
