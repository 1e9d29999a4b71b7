import { trust } from '#contract';
import type { Kit } from '#kit/kit.ts';
import { type Module, routes } from '#kit/module.ts';
import { acceptSignatures } from './accept.ts';
import { readMetadataFile, readTargetFile } from './files.ts';
import type { TrustHooks } from './hooks.ts';
import { renewDocuments } from './renew-documents.ts';
import { exportSigning, showTrust } from './show.ts';
import { watchTrust } from './watch.ts';

export { type Accepted, acceptSignatures } from './accept.ts';
export {
  askDirector,
  askDirectorAll,
  documentsOf,
  forgetInstallation,
  signOnline,
} from './documents.ts';
export { metadataFiles } from './files.ts';
export type { TrustHooks } from './hooks.ts';
export { currentOnlineKey, onlineKeys } from './online-keys.ts';
export { initTrust, rotateTrust } from './set-up.ts';
export { exportSigning, showTrust } from './show.ts';
export { addTarget, publishTarget, removeTarget, targetStates } from './targets.ts';

/** Signs what installations believe: metadata of releases, tokens, messages and directives. */
export function trustModule(kit: Kit, hooks: TrustHooks): Module {
  return {
    name: 'trust',
    routes: routes(trust, {
      showTrust: () => showTrust(kit.db),
      exportSigning: ({ query }) => exportSigning(kit.db, { after: query.after, most: query.per_page }),
      importSignatures: ({ body }, call) => acceptSignatures(kit, call.author, hooks, body),
      showUpdateMetadata: ({ params }) => readMetadataFile(kit.db, params.file),
      showUpdateTarget: ({ params }) => readTargetFile(kit.db, hooks, params),
    }),
    jobs: [watchTrust(kit, hooks), renewDocuments(kit)],
  };
}
