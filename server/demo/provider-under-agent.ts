import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '#kit/config.ts';
import { UserError } from '#kit/errors.ts';
import type { Process } from '../commands/context.ts';
import { layCode, linkInstalled, useRelease, writeSettings } from './nadi-tree.ts';
import type { Credentials } from './vendor/fleet.ts';
import { firstRelease } from './vendor/releases.ts';

export interface VendorPlace {
  readonly url: string;
  readonly installation: Credentials;
  /** By which the vendor signs what is said to it alone. */
  readonly installationId: string;
}

/** A provider whose agent runs it. */
export interface RunningProvider extends AsyncDisposable {
  readonly url: string;
}

/** Where the provider's installation lies, so that its agent can be told to update it. */
export const rootOfProvider = ({ dataDir }: Config): string => join(dataDir, 'nusanet');

/**
 * Serves the provider's data from an installation of its own, run and looked after by its agent, which knows the vendor: `update:apply` there
 * updates it. Laid out once; later starts go on with the release that is in use. Disposing ends it.
 * @throws {UserError} where it does not come up
 */
export async function runProvider(
  process: Process,
  config: Config,
  vendor: VendorPlace,
): Promise<RunningProvider> {
  const root = rootOfProvider(config);
  await layOut(process.repository, root, config, vendor);
  const environment = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    HOME: process.env.HOME ?? root,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
    RATE_LIMIT_PER_MINUTE: process.env.RATE_LIMIT_PER_MINUTE,
  };
  const run = (words: readonly string[]) =>
    // A group of its own: Ctrl-C is for the demo, which then ends this in order.
    spawn(join(root, 'nadi'), [...words], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
  // Left by a demo that was killed.
  if (existsSync(join(root, '.nadi-agent/run/control.sock'))) {
    const stopping = run(['agent:stop']);
    stopping.stderr.resume();
    await once(stopping, 'exit');
  }
  const agent = run(['agent', 'run']);
  const said: string[] = [];
  createInterface({ input: agent.stderr }).on('line', (line) => {
    said.push(line);
    process.terminal.note(`  agent: ${line}`);
  });
  const url = `http://${config.host}:${config.port}`;
  const stop = async () => {
    if (agent.exitCode !== null || agent.signalCode !== null) return;
    agent.kill('SIGTERM');
    await once(agent, 'exit');
  };
  for (const limit = performance.now() + patienceMs; !(await answers(url)); await delay(pauseMs)) {
    const isOver = agent.exitCode !== null || agent.signalCode !== null;
    if (!isOver && performance.now() < limit && !process.signal.aborted) continue;
    await stop();
    throw new UserError(`The provider did not come up under its agent: ${said.slice(-5).join(' ')}`);
  }
  return { url, [Symbol.asyncDispose]: stop };
}

const patienceMs = 120_000;
const pauseMs = 100;

async function layOut(
  repository: string,
  root: string,
  config: Config,
  { url, installation, installationId }: VendorPlace,
): Promise<void> {
  const { version } = firstRelease;
  if (!existsSync(join(root, 'current'))) {
    // What a demo that was killed had laid of it.
    rmSync(root, { recursive: true, force: true });
    const tree = join(root, 'releases', version);
    layCode(repository, tree, version);
    writeFileSync(join(tree, `CHANGES-${version}.md`), `${firstRelease.changelog}\n`);
    linkInstalled(repository, tree);
    useRelease(root, version);
  }
  const { midtrans } = config;
  const env = {
    HOST: config.host,
    PORT: String(config.port),
    NADI_DATA_DIR: config.dataDir,
    ...(midtrans === undefined
      ? {}
      : {
          MIDTRANS_SERVER_KEY: midtrans.serverKey,
          MIDTRANS_SNAP_URL: midtrans.snapUrl,
          MIDTRANS_API_URL: midtrans.apiUrl,
        }),
    OTA_SERVER_URL: url,
    OTA_AGENT_CODE: installation.agent_code,
    OTA_LICENSE_KEY: installation.license_key,
    OTA_INSTALLATION_ID: installationId,
  };
  writeSettings(root, env, { root_metadata: 'shared/root.json' });
  const answer = await fetch(`${url}/updates/metadata/1.root.json`);
  writeFileSync(join(root, 'shared/root.json'), await answer.text());
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}
