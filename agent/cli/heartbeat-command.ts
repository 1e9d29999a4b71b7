import { type as osName } from 'node:os';
import { AgentError, type Said } from '../errors.ts';
import { believe } from '../fleet/believe.ts';
import { type Beat, type Directives, sendHeartbeat } from '../fleet/heartbeat.ts';
import { licenseState, noteLicense } from '../fleet/license-state.ts';
import { obey } from '../fleet/obey.ts';
import { trustClient } from '../sources/signed.ts';
import { reportEnded } from '../update/report.ts';
import { currentVersion } from '../update/version-file.ts';
import {
  type AddCommand,
  type Common,
  type Finish,
  holding,
  looking,
  type Opened,
  type Process,
  type Result,
} from './context.ts';
import { thenSend } from './send-waiting.ts';
import { update } from './update.ts';

/** `ota:heartbeat` of spec 1, for a timetable of every five minutes: it ends with 0 even where it fails (decisions.md, OTA wire). */
export function addHeartbeat(add: AddCommand, process: Process, finish: Finish): void {
  add('ota:heartbeat', 'Give a sign of life, and do what the vendor asks for').action((options: Common) =>
    finish(options, () => thenSend(process, options, () => heartbeat(process, options))),
  );
}

/** One heartbeat, and what follows of it; where it fails, that is its result. */
export async function heartbeat(process: Process, options: Common): Promise<Result> {
  try {
    return await beatAndAct(process, options);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { lines: [error.said], json: { ok: false, code: error.code, message: error.said.en } };
  }
}

async function beatAndAct(process: Process, options: Common): Promise<Result> {
  const directives = await looking(process, options, beat);
  try {
    const updated = await holding(process, options, (opened) => act(process, opened, directives));
    return resultOf(directives, updated);
  } catch (error) {
    // Whoever is at work does it after the next heartbeat.
    if (error instanceof AgentError && error.code === 'busy') return resultOf(directives, undefined);
    throw error;
  }
}

async function beat(opened: Opened): Promise<Directives> {
  const { config, db, clock, signal } = opened;
  const { ota, installation } = config;
  if (ota === undefined)
    throw new AgentError('not_configured', {
      en: 'There is nobody to give a sign of life to: set OTA_SERVER_URL, OTA_AGENT_CODE and OTA_LICENSE_KEY.',
      id: 'Belum ada server untuk dikabari: isi OTA_SERVER_URL, OTA_AGENT_CODE, dan OTA_LICENSE_KEY.',
    });
  const info = { os: osName(), ...config.clientInfo };
  const version = currentVersion(installation);
  try {
    const beat = await sendHeartbeat(ota, version, info, signal);
    if (licenseState(db) === 'unknown') noteLicense(db, clock, version, 'valid');
    return await believed(opened, beat);
  } catch (error) {
    if (error instanceof AgentError && error.code === 'credentials')
      noteLicense(db, clock, version, 'unknown');
    throw error;
  }
}

/** Of an installation with a root only what is signed counts; another has nothing to judge it by (decisions.md, License wire). */
async function believed({ config, db, clock, signal }: Opened, { said, signed }: Beat): Promise<Directives> {
  const { ota, shippedRoot, installationId: subject } = config;
  if (shippedRoot === undefined || ota === undefined) return said;
  if (subject === undefined) return { disabled: false, forceVersion: undefined, message: undefined };
  const client = trustClient(config, ota, clock, signal);
  // Whoever keeps the newest metadata away takes nothing back: what was believed before goes on.
  const targets = await client.refresh().then(
    () => client.trusted().targets,
    () => undefined,
  );
  return believe({ db, clock, subject, targets }, signed);
}

async function act(process: Process, opened: Opened, directives: Directives): Promise<Result | undefined> {
  const { config, db, clock, signal } = opened;
  // Also of one that was undone or finished just now, since its agent died.
  if (config.ota !== undefined) await reportEnded(db, clock, config.ota, signal);
  const current = currentVersion(config.installation);
  await obey(opened, directives, current);
  const { forceVersion } = directives;
  if (forceVersion === undefined || forceVersion === current) return undefined;
  try {
    return await update(process, opened, { by: 'force_update', isConfirmed: true, only: forceVersion });
  } finally {
    // What the update ended, it begins again.
    if (directives.disabled) await obey(opened, directives, current);
  }
}

function resultOf(directives: Directives, updated: Result | undefined): Result {
  const { disabled, forceVersion, message } = directives;
  const lines: Said[] = [];
  if (disabled)
    lines.push({
      en: 'The vendor has switched this installation off.',
      id: 'Instalasi ini dinonaktifkan oleh vendor.',
    });
  if (forceVersion !== undefined)
    lines.push({ en: `The vendor requires ${forceVersion}.`, id: `Vendor mewajibkan ${forceVersion}.` });
  if (message !== undefined) lines.push({ en: `Server: ${message}`, id: `Server: ${message}` });
  return {
    lines: [...lines, ...(updated?.lines ?? [])],
    json: {
      ok: true,
      directives: { disabled, force_update_version: forceVersion ?? null, server_message: message ?? null },
      update: updated?.json ?? null,
    },
  };
}
