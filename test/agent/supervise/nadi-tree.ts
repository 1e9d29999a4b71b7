import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../../..');

/** What a release of Nadi holds. */
const parts = ['agent', 'deploy/runtime', 'nadi', 'package-lock.json', 'packages', 'server', '.npmrc'];

/** Lays a Nadi into a folder: the code of this one, which calls itself so. The packages are a link to ours. */
export function layNadi(tree: string, version: string): void {
  for (const part of parts) {
    mkdirSync(dirname(join(tree, part)), { recursive: true });
    cpSync(join(repository, part), join(tree, part), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(tree, 'node_modules'));
  const about: unknown = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  writeFileSync(join(tree, 'package.json'), `${JSON.stringify({ ...Object(about), version }, null, 2)}\n`);
}
