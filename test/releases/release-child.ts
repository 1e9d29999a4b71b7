import { inTransaction } from '#kit/db.ts';
import { systemAuthor } from '#kit/http/call.ts';
import {
  createRelease,
  fillRelease,
  patchFor,
  publishRelease,
  releasesSigned,
  submitRelease,
} from '../../server/modules/releases/index.ts';
import { releasesApp } from './store-app.ts';

// Releases one version after the other, until it is killed: node release-child.ts DATABASE_URL STORE ARCHIVE FIRST
const [, , databaseUrl = '', folder = '', archive = '', first = ''] = process.argv;
const { kit, standIns } = await releasesApp({ databaseUrl, env: { RELEASES_DIR: folder } });
const { hooks, targets } = standIns;
const author = systemAuthor('test');
const tell = (step: string) => process.send?.(step);
tell('ready');
for (let patch = 0; ; patch += 1) {
  const version = `${first}.0.${patch}`;
  const { id } = await createRelease(kit, author, { version, channel: 'stable' });
  tell('created');
  await fillRelease(kit, hooks, author, id, archive);
  tell('filled');
  await submitRelease(kit, hooks, author, id);
  const path = `releases/${version}/manifest.json`;
  const sha256 = targets.get(path)?.sha256 ?? '';
  targets.set(path, { sha256, state: 'signed' });
  const files = [{ path, sha256 }];
  await inTransaction(kit.db, (tx) => releasesSigned(kit, tx, files, kit.clock.now().toString()));
  tell('signed');
  await publishRelease(kit, hooks, author, id);
  tell('published');
  await patchFor(kit, `${first}.0.${patch - 1}`, version, 'zip');
  await patchFor(kit, undefined, version, 'full');
}
