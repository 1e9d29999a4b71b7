import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { bucketVault } from '../backups/bucket-vault.ts';
import { folderVault } from '../backups/folder-vault.ts';
import type { Vault } from '../backups/vault.ts';
import type { Clock } from '../clock.ts';
import type { BackupPlan } from '../update/installation.ts';
import type { Values } from './environment.ts';

const text = z.string().min(1).max(4096);

/** Where backups lie and what is part of them. */
export const backupSettings = z.strictObject({
  folder: text.optional(),
  /** An S3-compatible one, instead of a folder. */
  bucket: z
    .strictObject({
      endpoint: z.url({ protocol: /^https?$/ }),
      name: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,62}$/),
      /** Of this installation alone: what lies below it is taken for its backups. */
      prefix: z.string().regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/),
      region: z
        .string()
        .regex(/^[a-z0-9-]{1,40}$/)
        .default('us-east-1'),
    })
    .optional(),
  excluded: z.array(text).max(1000).default([]),
  /** Days after which one is no longer kept, whatever their count. */
  days: z.number().int().min(1).max(36_500).optional(),
  /** How often one is made by itself, whatever updates make; never unless told. */
  every_hours: z.number().int().min(1).max(8760).optional(),
  /** After so many days one is restored into scratch again; never unless told. */
  prove_days: z.number().int().min(1).max(3650).optional(),
  /** So long one may take. */
  minutes: z.number().int().min(1).max(1440).default(120),
});

export type BackupSettings = Readonly<z.output<typeof backupSettings>>;

/** When backups are made and proven by themselves. */
export interface BackupTimes {
  readonly everyHours: number | undefined;
  readonly proveDays: number | undefined;
}

export const backupTimesOf = (settings: BackupSettings): BackupTimes => ({
  everyHours: settings.every_hours,
  proveDays: settings.prove_days,
});

export interface BackupPlaces {
  readonly root: string;
  /** Where backups lie unless told. */
  readonly folder: string;
  /** Paths below the root that are the agent's own. */
  readonly own: readonly string[];
  readonly clock: Clock;
}

/** How the installation is backed up, by the settings, BACKUP_RETENTION and NADI_BACKUP_… for what is secret. */
export function backupPlanOf(values: Values, settings: BackupSettings, places: BackupPlaces): BackupPlan {
  const { root, own, clock } = places;
  const folder = resolve(root, settings.folder ?? places.folder);
  const inTree = relative(root, folder);
  const key = keyOf(values);
  return {
    vault: vaultOf(values, settings, folder, clock),
    ...(key === undefined ? {} : { key }),
    ...(settings.days === undefined ? {} : { days: settings.days }),
    excluded: [...settings.excluded, ...own, ...(inTree.startsWith('..') || inTree === '' ? [] : [inTree])],
    keep: values.whole('BACKUP_RETENTION', [1, 1000], 3),
    seconds: settings.minutes * 60,
  };
}

function vaultOf(values: Values, { bucket }: BackupSettings, folder: string, clock: Clock): Vault {
  if (bucket === undefined) return folderVault(folder);
  const accessKeyId = values.text('NADI_BACKUP_ACCESS_KEY_ID');
  const secretAccessKey = values.text('NADI_BACKUP_SECRET_ACCESS_KEY');
  if (accessKeyId === undefined || secretAccessKey === undefined)
    values.fault({
      en: 'backups.bucket needs NADI_BACKUP_ACCESS_KEY_ID and NADI_BACKUP_SECRET_ACCESS_KEY.',
      id: 'backups.bucket memerlukan NADI_BACKUP_ACCESS_KEY_ID dan NADI_BACKUP_SECRET_ACCESS_KEY.',
    });
  const { name, prefix, region } = bucket;
  return bucketVault(
    {
      endpoint: bucket.endpoint.replace(/\/+$/, ''),
      name,
      prefix: `${prefix}/`,
      region,
      accessKeyId: accessKeyId ?? '',
      secretAccessKey: secretAccessKey ?? '',
    },
    clock,
  );
}

function keyOf(values: Values): Uint8Array | undefined {
  const hex = values.text('NADI_BACKUP_KEY');
  if (hex === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex');
  values.fault({
    en: 'NADI_BACKUP_KEY is 64 hexadecimal digits, as `openssl rand -hex 32` makes them. Keep a copy elsewhere: without it no backup can be read.',
    id: 'NADI_BACKUP_KEY berupa 64 digit heksadesimal, seperti hasil `openssl rand -hex 32`. Simpan salinannya di tempat lain: tanpa itu cadangan tidak dapat dibaca.',
  });
  return undefined;
}
