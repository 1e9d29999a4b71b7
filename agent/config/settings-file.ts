import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { backupSettings } from './backup-settings.ts';
import { databaseSettings } from './database-settings.ts';
import type { Values } from './environment.ts';
import { noticesSettings } from './notices-settings.ts';
import { scheduleSettings } from './schedule-settings.ts';

const text = z.string().min(1).max(4096);
const command = z.array(text).min(1).max(100);
const hook = z.union([
  command.transform((words) => ({ command: words, seconds: 300 })),
  z.strictObject({ command, seconds: z.number().int().min(1).max(86_400).default(300) }),
]);

/** How often it must say so, and what it must print, as HealthCheck has it. */
const health = z.union([
  command.transform((words) => ({ command: words, seconds: 30 })),
  z
    .strictObject({
      command,
      seconds: z.number().int().min(1).max(86_400).default(30),
      in_row: z.number().int().min(1).max(100).default(3),
      tries: z.number().int().min(1).max(1000).default(10),
      pause_ms: z.number().int().min(0).max(600_000).default(1000),
      tells_version: z.boolean().default(false),
    })
    .transform(({ in_row: inRow, pause_ms: pauseMs, tells_version: tellsVersion, ...rest }) => ({
      ...rest,
      inRow,
      pauseMs,
      tellsVersion,
    })),
]);

/** What the environment variables of the specs have no name for. */
const schema = z.strictObject({
  /** Hooks and folders of a kind of application, as a start. */
  profile: z.enum(['laravel', 'nadi']).optional(),
  /** The agent's own folder. */
  folder: text.optional(),
  /** Where packages and what is unpacked of them lie meanwhile. */
  stages: text.optional(),
  excluded: z.array(text).max(1000).default([]),
  /** Files of one tree are replaced where they stand, or `releases/<version>` are whole trees and `current` a link to one. */
  layout: z.enum(['in-place', 'releases']).optional(),
  releases_kept: z.number().int().min(2).max(100).default(3),
  databases: z.array(databaseSettings).max(20).optional(),
  backups: backupSettings.prefault({}),
  hooks: z
    .strictObject({
      maintenance_on: hook.optional(),
      maintenance_off: hook.optional(),
      prepare: hook.optional(),
      migrate: hook.optional(),
      after_update: z.array(hook).max(50).optional(),
      health: health.optional(),
    })
    .default({}),
  /** What every release needs: a command that prints the runtime's version and the least of it; one that prints its modules. */
  needs: z
    .strictObject({
      runtime: z.strictObject({ hook, least: z.string().regex(/^\d+(\.\d+)*$/) }).optional(),
      modules: z.strictObject({ hook, names: z.array(text).min(1).max(200) }).optional(),
    })
    .default({}),
  environment: z.record(z.string(), z.string()).default({}),
  /** The root of the vendor's signatures that the installation was shipped with. */
  root_metadata: text.optional(),
  ...scheduleSettings,
  notices: noticesSettings.prefault({}),
  /** Versions that are not to be taken. */
  skip: z.array(text).max(1000).default([]),
  /** Said with each heartbeat beside what the agent knows itself. */
  client_info: z.record(z.string().max(40), z.string().max(200)).default({}),
});

export type Settings = Readonly<z.output<typeof schema>>;

/** The settings in the file; those of nobody where there is none. What is wrong in it is told to the values. */
export function readSettings(file: string, values: Values): Settings {
  const nothing = schema.parse({});
  if (!existsSync(file)) return nothing;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    values.fault({ en: `${file} is no JSON: ${why}.`, id: `${file} bukan JSON: ${why}.` });
    return nothing;
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues) {
    const said = `${file}: ${[...path].join('.') || '…'}: ${message}`;
    values.fault({ en: said, id: said });
  }
  return nothing;
}
