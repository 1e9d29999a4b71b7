import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** What a release of Nadi holds. */
const parts = ['agent', 'deploy/runtime', 'nadi', 'package-lock.json', 'packages', 'server', '.npmrc'];

/** Lays a Nadi into a folder: the code of this one, which calls itself so. The packages are a link to ours, where it is to run. */
export function layNadi(tree: string, version: string, isToRun = true): void {
  for (const part of parts) {
    mkdirSync(dirname(join(tree, part)), { recursive: true });
    cpSync(join(repository, part), join(tree, part), { recursive: true });
  }
  if (isToRun) symlinkSync(join(repository, 'node_modules'), join(tree, 'node_modules'));
  writeFileSync(join(tree, 'package.json'), aboutOf(version));
}

function aboutOf(version: string): string {
  const about: unknown = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  return `${JSON.stringify({ ...Object(about), version }, null, 2)}\n`;
}

/** An installation in the layout of releases, as the profile of Nadi has it: what its releases share, and one release in use. */
export function layReleases(
  root: string,
  version: string,
  env: Readonly<Record<string, string>>,
  settings: object = {},
): void {
  mkdirSync(join(root, 'shared/data'), { recursive: true });
  const tree = join(root, 'releases', version);
  layNadi(tree, version);
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(root, 'shared/.env'), lines.join(''), { mode: 0o600 });
  writeFileSync(join(root, 'shared/agent.json'), JSON.stringify({ profile: 'nadi', ...settings }));
  for (const name of ['.env', 'agent.json', 'data']) symlinkSync(`../../shared/${name}`, join(tree, name));
  symlinkSync(`releases/${version}`, join(root, 'current'));
  symlinkSync('current/nadi', join(root, 'nadi'));
}

/** What another release changes of it: the version that it calls itself. */
export const changedFiles = (version: string): Readonly<Record<string, string>> => ({
  'package.json': aboutOf(version),
  'agent/next.md': `${version}\n`,
});
