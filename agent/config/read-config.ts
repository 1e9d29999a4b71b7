import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { AgentError } from '../errors.ts';
import { lockOfTree } from '../state/lock.ts';
import { dataDirOf } from '../supervise/nadi.ts';
import { remoteServing } from '../supervise/remote-serving.ts';
import type { Needs } from '../update/checks.ts';
import type { Installation } from '../update/installation.ts';
import type { Schedule } from '../update/schedule.ts';
import { type BackupTimes, backupPlanOf, backupTimesOf } from './backup-settings.ts';
import { databasesOf } from './database-settings.ts';
import { type Environment, Values } from './environment.ts';
import { type Notices, noticesOf } from './notices-settings.ts';
import { placeOf, settingsAt } from './place.ts';
import { type Profile, profiles } from './profiles.ts';
import { scheduleOf } from './schedule-settings.ts';
import { readSettings, type Settings } from './settings-file.ts';

export type SourceKind = 'signed' | 'ota' | 'github' | 'custom';

/** How an installation is looked after: the variables of specs 1 and 2 by their names, and `agent.json`. */
export interface Config {
  readonly installation: Installation;
  /** Packages and what is unpacked of them lie here meanwhile, on the file system of the tree. */
  readonly stages: string;
  /** Undefined where updates come from nowhere. */
  readonly source: SourceKind | undefined;
  readonly ota: OtaAccount | undefined;
  readonly checkUrl: string | undefined;
  readonly token: string | undefined;
  /** Pinned: then nothing is taken that is not signed under it. */
  readonly shippedRoot: Uint8Array | undefined;
  readonly channel: Channel;
  readonly autoCheck: boolean;
  readonly checkHours: number;
  readonly backupBefore: boolean;
  readonly verifyChecksum: boolean;
  readonly allowDowngrade: boolean;
  readonly needs: Needs;
  readonly skipped: readonly string[];
  readonly notices: Notices;
  readonly schedule: Schedule;
  readonly backupTimes: BackupTimes;
  readonly clientInfo: Readonly<Record<string, string>>;
  /** By which the vendor signs what is said to this installation alone. */
  readonly installationId: string | undefined;
}

export type Channel = 'stable' | 'beta' | 'alpha';

export interface OtaAccount {
  readonly serverUrl: string;
  readonly agentCode: string;
  readonly licenseKey: string;
}

/** The process that asks. */
export interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  readonly clock: Clock;
}

/**
 * Reads how the installation is set up: `agent.json` and `.env` of its root, and the environment, which counts before `.env`.
 * @throws {AgentError} config, with every fault
 */
export function readConfig({ env: environment, cwd, clock }: Surroundings, root?: string): Config {
  const { root: place, env } = placeOf(environment, cwd, root);
  const values = new Values(env);
  const chosen = env.NADI_AGENT_CONFIG;
  const file = chosen === undefined ? settingsAt(place, 'agent.json') : resolve(place, chosen);
  const config = configOf(values, readSettings(file, values), place, clock);
  if (values.faults.length > 0)
    throw new AgentError('config', {
      en: `The configuration has ${values.faults.length} fault(s):\n${values.faults.map(({ en }) => `  ${en}`).join('\n')}`,
      id: `Konfigurasi memiliki ${values.faults.length} kesalahan:\n${values.faults.map(({ id }) => `  ${id}`).join('\n')}`,
    });
  return config;
}

const maintenanceWords = {
  auto: 'auto',
  true: 'always',
  '1': 'always',
  always: 'always',
  false: 'never',
  '0': 'never',
  never: 'never',
} as const;

function configOf(values: Values, settings: Settings, root: string, clock: Clock): Config {
  const folder = resolve(root, settings.folder ?? values.text('NADI_AGENT_DIR') ?? '.nadi-agent');
  const profile = settings.profile === undefined ? undefined : profiles[settings.profile];
  const stages = resolve(root, settings.stages ?? profile?.stages ?? join(folder, 'stages'));
  const isReleases = (settings.layout ?? profile?.layout) === 'releases';
  const layout = isReleases
    ? ({ is: 'releases', keep: settings.releases_kept } as const)
    : ({ is: 'in-place' } as const);
  const databases = databasesOf(values, settings.databases ?? builtIn(values, settings, { root, layout }), {
    root,
    folder,
  });
  const files = databases.flatMap((database) => database.files ?? []);
  const own = [lockOfTree, ...[folder, stages, ...files].flatMap((each) => below(root, each))];
  const shippedRoot = rootOf(values, settings, root);
  const verifyChecksum = values.yes('VERIFY_UPDATE_CHECKSUM', true);
  if (!verifyChecksum && shippedRoot !== undefined)
    values.fault({
      en: 'VERIFY_UPDATE_CHECKSUM=false is refused where root_metadata is set: remove one of them.',
      id: 'VERIFY_UPDATE_CHECKSUM=false ditolak bila root_metadata diisi: hapus salah satunya.',
    });
  const ota = accountOf(values);
  const checkUrl = values.address('UPDATE_CHECK_URL');
  return {
    installation: {
      root,
      folder,
      excluded: [
        ...(profile?.excluded ?? []),
        ...settings.excluded,
        '.env',
        '.version',
        'agent.json',
        ...own,
      ],
      layout,
      databases,
      backups: backupPlanOf(values, settings.backups, {
        root,
        folder: profile?.backups ?? join(folder, 'backups'),
        own: [...own, ...(profile?.notBackedUp ?? [])],
        clock,
      }),
      maintenance: values.one('MAINTENANCE_MODE_DURING_UPDATE', maintenanceWords, 'auto'),
      rollbackSeconds: values.whole('ROLLBACK_TIMEOUT', [10, 86_400], 300),
      hooks: hooksOf(settings, profile?.hooks),
      ...(profile?.linked === undefined ? {} : { linked: profile.linked }),
      ...(settings.profile === 'nadi' ? { serving: remoteServing(folder) } : {}),
      environment: {
        ...(settings.profile === 'nadi' ? ofNadi(values, root, layout) : usual(values)),
        ...settings.environment,
      },
    },
    stages,
    source: sourceOf(values, { ota, checkUrl, shippedRoot }),
    ota,
    checkUrl,
    token: values.text('UPDATE_SERVER_TOKEN'),
    shippedRoot,
    channel: values.one('UPDATE_CHANNEL', { stable: 'stable', beta: 'beta', alpha: 'alpha' }, 'stable'),
    autoCheck: values.yes('AUTO_CHECK_UPDATES', true),
    checkHours: values.whole('UPDATE_CHECK_INTERVAL', [1, 8760], 24),
    backupBefore: values.yes('BACKUP_BEFORE_UPDATE', true),
    verifyChecksum,
    allowDowngrade: values.yes('ALLOW_DOWNGRADE', false),
    needs: needsOf(settings, profile),
    skipped: settings.skip,
    notices: noticesOf(values, settings.notices, root),
    schedule: scheduleOf(settings),
    backupTimes: backupTimesOf(settings.backups),
    clientInfo: settings.client_info,
    installationId: values.text('OTA_INSTALLATION_ID'),
  };
}

function accountOf(values: Values): OtaAccount | undefined {
  const serverUrl = values.address('OTA_SERVER_URL');
  const agentCode = values.text('OTA_AGENT_CODE');
  const licenseKey = values.text('OTA_LICENSE_KEY');
  if (serverUrl !== undefined && agentCode !== undefined && licenseKey !== undefined)
    return { serverUrl, agentCode, licenseKey };
  const missing = ['OTA_SERVER_URL', 'OTA_AGENT_CODE', 'OTA_LICENSE_KEY'].filter(
    (name) => values.text(name) === undefined,
  );
  if (missing.length === 1 || missing.length === 2)
    values.fault({
      en: `${missing.join(' and ')} is missing: set all three of OTA_…, or none.`,
      id: `${missing.join(' dan ')} belum diisi: isi ketiga OTA_…, atau kosongkan semua.`,
    });
  return undefined;
}

type Ways = Pick<Config, 'ota' | 'checkUrl' | 'shippedRoot'>;

/** Sources without signatures are taken where somebody wrote that down, and nowhere else (decisions.md, Updates). */
function sourceOf(values: Values, { ota, checkUrl, shippedRoot }: Ways): SourceKind | undefined {
  const kinds = { signed: 'signed', ota: 'ota', github: 'github', custom: 'custom', none: 'none' } as const;
  const otherwise = shippedRoot !== undefined && ota !== undefined ? 'signed' : 'none';
  const source = values.one('UPDATE_SOURCE', kinds, otherwise);
  if (source === 'none') return undefined;
  const needs = source === 'signed' || source === 'ota' ? ota : checkUrl;
  const names = source === 'signed' || source === 'ota' ? 'OTA_SERVER_URL' : 'UPDATE_CHECK_URL';
  if (needs === undefined)
    values.fault({
      en: `UPDATE_SOURCE=${source} needs ${names}.`,
      id: `UPDATE_SOURCE=${source} memerlukan ${names}.`,
    });
  if ((source === 'signed') !== (shippedRoot !== undefined))
    values.fault(
      source === 'signed'
        ? {
            en: 'UPDATE_SOURCE=signed needs root_metadata in agent.json.',
            id: 'UPDATE_SOURCE=signed memerlukan root_metadata di agent.json.',
          }
        : {
            en: `UPDATE_SOURCE=${source} brings no signatures, and root_metadata asks for them: remove one of them.`,
            id: `UPDATE_SOURCE=${source} tidak membawa tanda tangan, sedangkan root_metadata memintanya: hapus salah satunya.`,
          },
    );
  return source;
}

function rootOf(values: Values, { root_metadata: name }: Settings, root: string): Uint8Array | undefined {
  if (name === undefined) return undefined;
  const file = resolve(root, name);
  if (existsSync(file)) return readFileSync(file);
  values.fault({
    en: `root_metadata: there is no ${file}.`,
    id: `root_metadata: tidak ada ${file}.`,
  });
  // The fault is told before anything is done without it.
  return new Uint8Array();
}

function hooksOf({ hooks }: Settings, usualOnes: Installation['hooks'] | undefined): Installation['hooks'] {
  const chosen = {
    maintenanceOn: hooks.maintenance_on ?? usualOnes?.maintenanceOn,
    maintenanceOff: hooks.maintenance_off ?? usualOnes?.maintenanceOff,
    prepare: hooks.prepare ?? usualOnes?.prepare,
    migrate: hooks.migrate ?? usualOnes?.migrate,
    health: hooks.health ?? usualOnes?.health,
  };
  return {
    ...(chosen.maintenanceOn === undefined ? {} : { maintenanceOn: chosen.maintenanceOn }),
    ...(chosen.maintenanceOff === undefined ? {} : { maintenanceOff: chosen.maintenanceOff }),
    ...(chosen.prepare === undefined ? {} : { prepare: chosen.prepare }),
    ...(chosen.migrate === undefined ? {} : { migrate: chosen.migrate }),
    ...(chosen.health === undefined ? {} : { health: chosen.health }),
    afterUpdate: hooks.after_update ?? usualOnes?.afterUpdate ?? [],
  };
}

function needsOf({ needs: { runtime, modules } }: Settings, profile: Profile | undefined): Needs {
  return {
    ...profile?.needs,
    ...(runtime === undefined ? {} : { runtime }),
    ...(modules === undefined ? {} : { modules }),
  };
}

/** The path below the root, if it lies there. */
function below(root: string, folder: string): string[] {
  const path = relative(root, folder);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? [] : [path];
}

/** Its own commands find what its server does. */
function ofNadi(
  values: Values,
  root: string,
  layout: NonNullable<Installation['layout']>,
): Record<string, string> {
  const env = values.all();
  return { ...env, NADI_DATA_DIR: dataDirOf({ root, layout }, env) };
}

/** Nadi's own PostgreSQL, unless it has another one. */
function builtIn(
  values: Values,
  { profile }: Settings,
  place: Pick<Installation, 'root' | 'layout'>,
): Settings['databases'] {
  const hasOther = values.text('DATABASE_URL') ?? values.text('DB_CONNECTION');
  if (profile !== 'nadi' || hasOther !== undefined) return undefined;
  return [{ kind: 'embedded', name: 'nadi', path: dataDirOf(place, values.all()) }];
}

/** What commands need of the environment to be found and to print; the rest is nobody's business. */
function usual(values: Values): Record<string, string> {
  return Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TZ'].flatMap((name) => {
      const value = values.text(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
