export {
  applyArchive,
  applyDelta,
  checkedTree,
  extractDelta,
  type StandingTree,
  treeIn,
} from './apply.ts';
export { canonicalJson, type Json } from './canonical.ts';
export { mostDeltaBytes, planDelta } from './delta-plan.ts';
export type { Bytes, SourceEntry } from './entry.ts';
export { type FaultText, ReleaseFault } from './fault.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { makeDelta } from './make-delta.ts';
export { changedFiles, type OpenFile, zipOf } from './make-zip.ts';
export {
  type Change,
  changesBetween,
  inOrder,
  type Manifest,
  type ManifestFile,
  makeManifest,
  manifestBytes,
  parseManifest,
  type Tree,
} from './manifest.ts';
export { refuseBadPaths } from './names.ts';
export { filesOf, readSource } from './read-source.ts';
export { compareVersions, longestVersion, parseVersion, sortKeyOf, type Version } from './version.ts';
