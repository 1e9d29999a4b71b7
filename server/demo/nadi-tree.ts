import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a release of Nadi holds beside its package.json. */
const parts = ['agent', 'deploy/runtime', 'nadi', 'package-lock.json', 'packages', 'server', '.npmrc'];
/** What the launcher installs. */
const installed = ['node_modules', '.runtime'];

/** Lays the code of the Nadi in `repository` into a folder, where it calls itself that version; without what the launcher installs. */
export function layCode(repository: string, tree: string, version: string): void {
  for (const part of parts) {
    mkdirSync(dirname(join(tree, part)), { recursive: true });
    const filter = (path: string) => !path.endsWith('.test.ts');
    cpSync(join(repository, part), join(tree, part), { recursive: true, filter });
  }
  writeFileSync(join(tree, 'package.json'), aboutOf(repository, version));
}

/** Its package.json under another version. */
export function aboutOf(repository: string, version: string): string {
  const about: unknown = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  return `${JSON.stringify({ ...Object(about), version }, null, 2)}\n`;
}

/** Has a tree use what is installed in the repository. */
export function linkInstalled(repository: string, tree: string): void {
  for (const name of installed)
    if (existsSync(join(repository, name))) symlinkSync(join(repository, name), join(tree, name));
}

/** Makes of a folder with one release an installation in the layout of releases, as the agent's profile of Nadi has it. */
export function useRelease(root: string, version: string): void {
  mkdirSync(join(root, 'shared/data'), { recursive: true });
  const tree = join(root, 'releases', version);
  for (const name of ['.env', 'agent.json', 'data']) symlinkSync(`../../shared/${name}`, join(tree, name));
  symlinkSync('current/nadi', join(root, 'nadi'));
  symlinkSync(`releases/${version}`, join(root, 'current'));
}

/** The settings that all its releases share. */
export function writeSettings(
  root: string,
  env: Readonly<Record<string, string>>,
  settings: object = {},
): void {
  mkdirSync(join(root, 'shared'), { recursive: true });
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(root, 'shared/.env'), lines.join(''), { mode: 0o600 });
  writeFileSync(join(root, 'shared/agent.json'), JSON.stringify({ profile: 'nadi', ...settings }));
}
